"""One release going to one environment, and how that ends."""

from dataclasses import dataclass
from enum import StrEnum


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
    """A newer deployment asked for approval instead."""


class Kind(StrEnum):
    RELEASE = "release"
    """A push brings a release."""
    ROLLBACK = "rollback"
    """An operator goes back: nobody is asked, it goes first, and the environment is held afterwards."""


@dataclass(frozen=True)
class DeployRequest:
    """Input of a `deploy` execution; `deployment` is the name that the execution has. The fields are those of Deployment."""

    deployment: str
    run: str
    service: str
    environment: str
    commit: str
    kind: Kind
    version: str
    pusher: str
    cause: str


@dataclass(frozen=True)
class Deployment:
    """`identity` is the name of the `deploy` execution, `run` that of the `release` or `rollback` execution that started it.

    `version` is what people call the release: the pushed tag, or the commit's first twelve digits. `pusher` is a GitHub login, empty for a
    rollback. `cause` says in words why there is this deployment. `revision` is Helm's number once something was applied; `outcome` stays empty
    while it runs.
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
    revision: int = 0
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RestorePoint:
    """What to go back to, recorded right before the first change.

    `revision` is Helm's number and `commit` the release it holds; both empty (0 and "") when the environment ran
    nothing good, and then going back means to remove what was installed.
    """

    revision: int = 0
    commit: str = ""

    @property
    def is_empty(self) -> bool:
        return self.revision == 0
