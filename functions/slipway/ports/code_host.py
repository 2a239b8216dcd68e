"""What the code host has and has sent: deliveries, refs, commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class PushedRef:
    """What a push event tells of its ref: the objects before and after, and when the push was (`repository.pushed_at`, seconds since the epoch)."""

    repository: str
    ref: str
    before: str
    after: str
    at: int


class Receipt(StrEnum):
    """What is to be done about a delivery."""

    GO_ON = "go on"
    """Start its runs: it is new, or was stored by a call that got no further."""
    STARTED = "started"
    OVERTAKEN = "overtaken"
    """A newer push of that ref is known, or this one without its event."""


class Deliveries(Protocol):
    """GitHub's webhook deliveries by their GUID, kept for as long as GitHub can redeliver them."""

    def receive(self, delivery: str, run: str, pushed: PushedRef, now: datetime) -> Receipt:
        """Store the delivery as `received`, and with it what its ref points at now, for `Refs`: both or neither."""

    def is_started(self, delivery: str) -> bool: ...

    def started(self, delivery: str) -> None:
        """The delivery's run was started: a redelivery has nothing left to do."""


@dataclass(frozen=True)
class CommitInfo:
    """A commit as the code host shows it. `author` and `committer` are logins, empty when the host knows none for the commit's e-mail address.

    `addresses` are those addresses, as whoever made the commit wrote them.
    """

    commit: str
    message: str
    author_name: str
    author: str
    committer: str
    addresses: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """What `head` has that `base` hasn't, oldest first. `omitted` older commits, at least, aren't listed.

    `files` are the paths that differ, None when there are too many to tell, or when `head` isn't built on `base`. `lost` commits are in `base` and not in
    `head`. Unless they are `related`, the two have no history in common as far as the host knows: then `commits` is the history of `head`.
    `connected` is False when nobody has connected us to the repository: then the head's hash is all that is known.
    """

    commits: Sequence[CommitInfo]
    omitted: int = 0
    files: Sequence[str] | None = None
    lost: int = 0
    related: bool = True
    connected: bool = True


class Commits(Protocol):
    """The history of a repository (`owner/name`)."""

    def between(self, repository: str, base: str, head: str) -> Comparison:
        """An empty `base` gives the head alone. InvalidInput when there is no such head."""


@dataclass(frozen=True)
class RefsNow:
    """Branches and tags of a repository, by full name (`refs/heads/main`), with the object that each points at: of an annotated tag, the tag object.

    That is what a push event calls `after`. `at` is when they were read, by the code host's clock.
    """

    refs: Mapping[str, str]
    at: datetime


@dataclass(frozen=True)
class LastPush:
    """Who pushed (a person's login, empty when nobody knows, or when it was a program) and when."""

    login: str = ""
    at: datetime | None = None


class ChangedRefs(Protocol):
    """Branches and tags as the code host has them now."""

    def read(self, repository: str) -> RefsNow | None:
        """None when nobody has connected us to that repository."""

    def commit(self, repository: str, ref: str, target: str) -> str:
        """The commit that the object leads to, through a tag object or directly; empty when it leads to something else."""

    def last_push(self, repository: str, ref: str, commit: str) -> LastPush:
        """Of that commit to that ref. Nothing is known of it when the host doesn't tell (any more), as for every tag on GitHub."""


@dataclass(frozen=True)
class FailedDelivery:
    """A webhook delivery that no attempt brought through. `number` is what the code host redelivers by, `guid` what the webhook sees.

    `at` is when the last of its `attempts` was made.
    """

    number: int
    guid: str
    at: datetime
    attempts: int = 1


class DeliveryLog(Protocol):
    """What the code host sent to our webhook."""

    def failed(self, since: datetime) -> Sequence[FailedDelivery]:
        """Oldest first; one for each GUID whose every attempt failed."""

    def redeliver(self, delivery: FailedDelivery) -> None:
        """Ask for another attempt. One that the host has forgotten meanwhile stays undelivered."""


@dataclass(frozen=True)
class KnownRef:
    """What we remember of a ref: the object that it pointed at, and since when we know (seconds since the epoch, by the code host's clock).

    `unstarted` while a run that was decided on without an event isn't known to have started.
    """

    target: str
    at: int
    unstarted: bool = False


class Refs(Protocol):
    """The last seen state of every branch and tag. The webhook writes it with the delivery (`Deliveries.receive`), `catch_up` what came without an event."""

    def known(self, repository: str) -> Mapping[str, KnownRef] | None:
        """By full name; None before the first baseline."""

    def baseline(self, repository: str, refs: Mapping[str, str], at: int) -> None:
        """Remember a repository for the first time. What the webhook has remembered of it already stays."""

    def see(self, repository: str, ref: str, seen: KnownRef, before: KnownRef | None) -> bool:
        """Remember what was seen; False, and nothing is written, when what is known isn't `before` any more."""

    def started(self, repository: str, ref: str, seen: KnownRef) -> None:
        """The run of what was seen has started; nothing to note when something newer is known meanwhile."""

    def forget(self, repository: str, ref: str, before: KnownRef) -> None:
        """A deleted ref, unless it is there anew meanwhile."""
