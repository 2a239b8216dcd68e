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
    """It ended before anything was changed."""


@dataclass(frozen=True)
class Deployment:
    """`identity` is the name of the `deploy` execution. `outcome` stays empty while it runs."""

    identity: str
    run: str
    service: str
    environment: str
    commit: str
    execution: str
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
