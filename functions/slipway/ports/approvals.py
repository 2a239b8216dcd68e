"""Questions to people, and who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from slipway.domain.approval import Approval, ApprovalState, Vote
from slipway.domain.environment import Person
from slipway.domain.plan import PlanDocument


class Approvals(Protocol):
    """Questions to people. The token of the task that waits for the answer is kept here and shown to nobody but Step Functions."""

    def open(self, approval: Approval, token: str) -> Approval | None:
        """Record the question; the pending one that it takes the place of, for the same service and environment.

        The newest wins: while a pending one is about a push that came later (`asked_at`), this one is recorded as superseded and takes nobody's place.
        One that is there already stays as it is, takes the place of the same one again, and waits with the newer token.
        """

    def get(self, identity: str) -> Approval | None: ...

    def pending(self, service: str, environment: str) -> Approval | None:
        """The question that was asked last there, while nobody has decided it."""

    def token(self, identity: str) -> str: ...

    def remember_told(self, identity: str) -> None:
        """The deployment has got the decision."""

    def notified(self, identity: str) -> Sequence[str]:
        """Names of those who were sent the question."""

    def remember_notified(self, identity: str, person: str) -> None: ...

    def reminded(self, identity: str) -> Sequence[str]:
        """Names of those who were reminded of the question."""

    def remember_reminded(self, identity: str, person: str) -> None: ...

    def vote(self, approval: Approval, vote: Vote) -> bool:
        """Record the vote of a person who hasn't voted, together with its entry in the audit log, while the question is pending.

        False otherwise, and nothing is written.
        """

    def votes(self, identity: str) -> Sequence[Vote]:
        """In the order in which they came."""

    def decide(self, identity: str, state: ApprovalState, reason: str, since: ApprovalState = ApprovalState.PENDING) -> bool:
        """Change the state from `since`; False when it is another one, and nothing is written."""


class Mails(Protocol):
    """InvalidInput, with the provider's words, when a mail or an address is refused."""

    def ask(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question with a link of their own."""

    def remind(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question once more, saying that it is about to expire."""


class Links(Protocol):
    """Signed links that name an approval and a person, in words that can be neither made nor changed without the key."""

    def make(self, approval: str, person: str) -> str:
        """The last part of the link's path: letters, digits, `-`, `_` and `.`."""

    def read(self, link: str) -> tuple[str, str] | None:
        """Approval and person; None when it is forged, cut short or signed with a key of before the last rotation."""


@dataclass(frozen=True)
class SignInAttempt:
    """`state` goes through the code host and back, `verifier` proves that we began it, `link` is the page to come back to; `cookie` keeps all three."""

    state: str
    verifier: str
    link: str
    cookie: str


class Sessions(Protocol):
    """Who a browser's user is, in cookies that can be neither made nor changed without the key, and that end by themselves."""

    def begin(self, link: str, now: datetime) -> SignInAttempt: ...

    def resume(self, cookie: str, state: str, now: datetime) -> SignInAttempt | None:
        """None unless the cookie is one that `begin` made with that state, a short while ago."""

    def make(self, login: str, now: datetime) -> str:
        """The cookie of a session."""

    def read(self, cookie: str, now: datetime) -> str:
        """The login that the session is of; empty when it is none (any more)."""


class Accounts(Protocol):
    """People's accounts at the code host. InvalidInput, with what to do, on a platform where nobody can sign in."""

    def page(self, state: str, challenge: str, login: str) -> str:
        """The address where a person says who they are; `challenge` is the SHA-256 of the verifier as base64 for URLs, without padding (RFC 7636)."""

    def login(self, code: str, verifier: str) -> str:
        """Whose the code is that the code host has sent back; empty when it doesn't take the code (any more)."""


class FormTickets(Protocol):
    """What a page's form carries, so that only a form of that page is taken for it."""

    def make_ticket(self, link: str) -> str: ...

    def is_ticket(self, link: str, ticket: str) -> bool: ...
