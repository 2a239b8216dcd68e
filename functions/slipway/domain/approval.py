"""People deciding on a plan: who may vote, and what their votes come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from slipway.domain.deployment import LONG_AGO, Kind
from slipway.domain.environment import ApprovalRule, Person

LONGEST_REASON = 500


class Choice(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class ApprovalState(StrEnum):
    """The last four end the deployment; they are outcomes of the same name, but for `ended`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """A newer deployment to the same environment asks instead."""
    ENDED = "ended"
    """The deployment was aborted or failed while people were asked: there is nothing to decide any more."""


@dataclass(frozen=True)
class Selves:
    """Whose own work a release is, as GitHub logins.

    `pusher` is the person whom GitHub has authenticated for the push or the tag, or who asked for the deployment by hand. `contributors` are authors and
    committers of the commits that would newly go live, and whoever pushed the same commit or asked for it before. Anybody can write any name into a commit,
    so contributors only lose a vote: nobody gets one by them, and an unknown pusher stays unknown.
    """

    pusher: str
    contributors: tuple[str, ...] = ()

    def part_of(self, person: Person) -> str:
        """What the person did with the release, to follow their name; empty when nothing. GitHub's logins ignore case."""
        login = person.github.lower()
        if login and login == self.pusher.lower():
            return "asked for this release"
        if login and login in {contributor.lower() for contributor in self.contributors}:
            return "had a part in what would go live (as author, committer or earlier pusher)"
        return ""


def question_of(deployment: str, in_round: int) -> str:
    """The identity of a question: the deployment's own in round 1, with the round's number behind it when people are asked anew."""
    return deployment if in_round <= 1 else f"{deployment}.{in_round}"


@dataclass(frozen=True)
class Approval:
    """What people are asked. `identity` is what `question_of` gives for deployment and `round`.

    `asked_at` is when the push came, `opened_at` when people were asked. The task token is no part of it: it never leaves the table but to Step Functions.
    """

    identity: str
    service: str
    environment: str
    commit: str
    version: str
    pusher: str
    opened_at: datetime
    expires_at: datetime
    state: ApprovalState = ApprovalState.PENDING
    reason: str = ""
    told: bool = False
    """Whether the deployment that waits was told the decision. Until then anybody who looks may finish that."""
    asked_at: datetime = LONG_AGO
    round: int = 1
    contributors: tuple[str, ...] = ()
    kind: Kind = Kind.RELEASE
    """Of the deployment: who is asked depends on it."""

    @property
    def deployment(self) -> str:
        """The deployment that waits for the decision."""
        return self.identity.removesuffix(f".{self.round}") if self.round > 1 else self.identity

    @property
    def selves(self) -> Selves:
        return Selves(self.pusher, self.contributors)

    def state_at(self, now: datetime) -> ApprovalState:
        """A pending approval expires by itself."""
        return ApprovalState.EXPIRED if self.state is ApprovalState.PENDING and now >= self.expires_at else self.state


@dataclass(frozen=True)
class Vote:
    """`way` says how the person proved who they are: `link`, `sign-in` (the link and a session) or `aws`."""

    person: str
    choice: Choice
    reason: str
    at: datetime
    way: str = ""


def exclusion(rule: ApprovalRule, selves: Selves, person: Person) -> str:
    """Why somebody else than this approver should decide, to follow their name; empty when they may."""
    return "" if rule.self_approval else selves.part_of(person)


def electorate(rule: ApprovalRule, selves: Selves, people: Mapping[str, Person]) -> list[Person]:
    """Who is asked: the approvers but for those whose own work the release is."""
    return [people[name] for name in rule.approvers if name in people and not exclusion(rule, selves, people[name])]


def too_few(environment: str, rule: ApprovalRule, selves: Selves, people: Mapping[str, Person]) -> str:
    """Why nobody can be asked, with who is excluded and why; empty when enough approvers may decide."""
    if not selves.pusher and not rule.self_approval:
        return (
            f"{environment} wants somebody else than the pusher to decide, and nobody knows which person pushed this (a bot or a deploy key is none). "
            f"Push it again as a person, a tag by itself, or bring it to {environment} with slipway deploy."
        )
    asked = electorate(rule, selves, people)
    if len(asked) >= rule.required:
        return ""
    out = [f"{name} {why}" for name in rule.approvers if name in people and (why := exclusion(rule, selves, people[name]))]
    names = f"only {', '.join(person.name for person in asked)}" if asked else "nobody"
    needed = f"{rule.required} approval{'s' if rule.required != 1 else ''}"
    excluded = f": {', '.join(out)}" if out else ""
    return f"{environment} needs {needed}, and of its approvers {names} may decide{excluded}."


def objection(rule: ApprovalRule | None, approval: Approval, person: Person | None) -> str:
    """Why this person can't decide, as a sentence to them; empty when they can. Asked at the moment of the vote, with the rule of then."""
    if person is None:
        return "You aren't among the people of slipway.yaml any more, so you can't decide about this deployment."
    if rule is None:
        return f"slipway.yaml asks nobody about {approval.service} in {approval.environment} any more, so nobody can decide about this deployment."
    if person.name not in rule.approvers:
        return f"{person.name} isn't an approver of {approval.service} in {approval.environment}."
    if why := exclusion(rule, approval.selves, person):
        return f"{person.name} {why}, and {approval.environment} wants somebody else to decide about it."
    return ""


def counted(rule: ApprovalRule, selves: Selves, people: Mapping[str, Person], votes: Sequence[Vote]) -> Sequence[Vote]:
    """Only votes of those who may decide by the rule of now, whatever it was when they voted."""
    may_decide = {person.name for person in electorate(rule, selves, people)}
    return [vote for vote in votes if vote.person in may_decide]


def conclude(rule: ApprovalRule, votes: Sequence[Vote]) -> ApprovalState:
    """One rejection rejects; `required` approvals approve. `votes` are those that count."""
    if any(vote.choice is Choice.REJECT for vote in votes):
        return ApprovalState.REJECTED
    approvals = {vote.person for vote in votes}
    return ApprovalState.APPROVED if len(approvals) >= rule.required else ApprovalState.PENDING
