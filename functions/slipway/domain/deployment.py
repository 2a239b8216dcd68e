"""One release going to one environment, and how that ends."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Older than everything that was ever asked for."""


class Outcome(StrEnum):
    LIVE = "live"
    """The release is what the environment runs, watched and smoke-tested."""
    ROLLED_BACK = "rolled-back"
    """It went bad; what ran before is back, verified."""
    NEEDS_ATTENTION = "needs-attention"
    """It went bad and what ran before couldn't be verified: a person has to look."""
    FAILED = "failed"
    """It ended before anything was changed, by an error."""
    REFUSED = "refused"
    """What the environment requires of a release doesn't hold."""
    REJECTED = "rejected"
    """An approver said no."""
    EXPIRED = "expired"
    """Too few people decided in time."""
    SUPERSEDED = "superseded"
    """A newer deployment, or a rollback, took its place."""


class Kind(StrEnum):
    RELEASE = "release"
    """A push, or an operator by hand, brings a release."""
    OVERRIDE = "override"
    """An operator brings a release in spite of a freeze: everything else is as for a release, and whom the environment names for that has to approve."""
    ROLLBACK = "rollback"
    """An operator goes back: nobody is asked, it goes first, and the environment is held afterwards."""
    REPAIR = "repair"
    """Slipway takes back what a deployment left half done when its execution was aborted or lost: nobody is asked, and it goes first."""

    @property
    def goes_first(self) -> bool:
        """Whether it stands before all pushes in the queue, and passes a hold."""
        return self not in (Kind.RELEASE, Kind.OVERRIDE)


@dataclass(frozen=True)
class DeployRequest:
    """Input of a `deploy` execution; `deployment` is the name that the execution has. The fields are those of Deployment.

    `round` counts the plans: it rises when the environment moved on between the approval and the lease, and people have to be asked anew.
    """

    deployment: str
    run: str
    service: str
    environment: str
    commit: str
    kind: Kind
    version: str
    pusher: str
    cause: str
    asked_at: datetime = LONG_AGO
    round: int = 1


@dataclass(frozen=True)
class Deployment:
    """`identity` is the name of the `deploy` execution, `run` that of the `release` or `rollback` execution that started it.

    `version` is what people call the release: the pushed tag, or the commit's first twelve digits. `pusher` is a GitHub login, empty for a
    rollback. `cause` says in words why there is this deployment. `asked_at` is when the push (or the operator's wish) came: of two pushes to an
    environment the newer one is what should run. `revision` is Helm's number once something was applied; `outcome` stays empty while it runs.
    """

    identity: str
    run: str
    service: str
    environment: str
    commit: str
    execution: str
    kind: Kind = Kind.RELEASE
    version: str = ""
    pusher: str = ""
    cause: str = ""
    asked_at: datetime = LONG_AGO
    revision: int = 0
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RestorePoint:
    """What to go back to, recorded right before the first change.

    `commit` is the last good release, empty when the environment ran nothing good: then going back means to remove what was installed.
    `revision` is Helm's newest number of it, 0 when Helm has forgotten it: then it comes from its bundle.
    """

    revision: int = 0
    commit: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.commit
