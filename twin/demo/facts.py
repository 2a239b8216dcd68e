"""What the demo saw, as plain data: `observe` and `load` fill it in, `judge` and `report` read it. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """How a push should end."""

    LIVE = "live"
    ROLLED_BACK = "rolled-back"
    REFUSED = "refused"


@dataclass(frozen=True)
class Expectation:
    """`evidence` has to be on the deployment's timeline, `words` in the reason of a refusal. `fails_requests`: users see the fault until it is undone."""

    ending: Ending
    evidence: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    fails_requests: bool = False


@dataclass(frozen=True)
class DeploymentSeen:
    """`evidence` collects what the timeline's events say about pods: pod, container, reason, exit_code, log."""

    identity: str
    environment: str
    outcome: str
    reason: str
    opened_at: float
    closed_at: float
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Durations:
    """Seconds of the parts that aren't Slipway's own work; 0 when there was no such part."""

    gate: float = 0.0
    build: float = 0.0
    helm: float = 0.0
    pods: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What the service says about itself through the front door; empty when it doesn't answer with 200."""

    commit: str = ""
    digest: str = ""


@dataclass(frozen=True)
class StepSeen:
    """One push. `digest` is the image's in the registry, empty when the push made none; `answer` is the service's once the run has ended."""

    number: int
    title: str
    expected: Expectation
    commit: str
    run: str
    run_state: str
    run_reason: str
    digest: str
    pushed_at: float
    ended_at: float
    deployments: tuple[DeploymentSeen, ...]
    durations: Durations
    answer: Answer

    @property
    def seconds(self) -> float:
        """From the start of `git push` to the end of the run."""
        return self.ended_at - self.pushed_at

    @property
    def own_seconds(self) -> float:
        """Slipway's own share of that: all but gate, image, Helm and pod start."""
        return self.seconds - self.durations.build - self.durations.helm - self.durations.pods


@dataclass(frozen=True)
class FailedRequest:
    """`reason` is the status code or the client's error."""

    environment: str
    at: float
    reason: str


@dataclass(frozen=True)
class Traffic:
    """What the client sent to one environment, and what failed of it. `measured` of the requests were sent in `seconds` whole seconds."""

    environment: str
    requests: int
    measured: int
    seconds: int
    failures: tuple[FailedRequest, ...] = ()

    @property
    def per_second(self) -> float:
        return self.measured / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class HelmSeen:
    """Status by revision, oldest first, and the image digest in the newest revision's values."""

    statuses: Mapping[int, str]
    digest: str


@dataclass(frozen=True)
class Aftermath:
    """The environment after the last push. `recorded` is the commit that the table says is live, `pods` the digests that run."""

    environment: str
    answer: Answer
    recorded: str
    pods: frozenset[str]
    helm: HelmSeen
    leases: tuple[str, ...]
    executions: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """The whole demo. `planned` counts the pushes of the story; `aftermath` is None when the story broke off before."""

    planned: int
    steps: tuple[StepSeen, ...]
    traffic: tuple[Traffic, ...]
    aftermath: Aftermath | None
    broken_off: str = ""
