"""What the demo saw, as plain data: `perform` and `load` fill it in, `judge` and `report` read it. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from twin.demo.questions import Ballot, Question


class Ending(StrEnum):
    """How a step should end."""

    LIVE = "live"
    ROLLED_BACK = "rolled-back"
    """Slipway has put the release before back."""
    REFUSED = "refused"
    REJECTED = "rejected"
    RESTORED = "restored"
    """An operator has put the release before back; the environment is held then."""
    RESUMED = "resumed"


@dataclass(frozen=True)
class Expectation:
    """`environment` is the only one that the step may change, and `builds` says how many builds it starts.

    `evidence` has to be on the deployment's timeline, `words` in the reason of the ending, and `ballot` is who is asked for approval. `fails_requests`: users
    see the fault until it is undone.
    """

    ending: Ending
    environment: str
    builds: int = 0
    evidence: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    ballot: Ballot | None = None
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
    """Seconds of the parts that aren't Slipway's own work; 0 when there was no such part. `people` is how long an answer was waited for."""

    gate: float = 0.0
    build: float = 0.0
    helm: float = 0.0
    pods: float = 0.0
    people: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What the service says about itself through the front door; empty when it doesn't answer with 200."""

    commit: str = ""
    digest: str = ""


@dataclass(frozen=True)
class StepSeen:
    """One step. `digest` is the image of its commit in the registry, empty when there is none.

    `answers` (of the service) and `holds` (by operators) are those of every environment once the step has ended.
    """

    number: int
    title: str
    expected: Expectation
    commit: str
    run: str
    state: str
    reason: str
    digest: str
    began_at: float
    ended_at: float
    deployments: tuple[DeploymentSeen, ...]
    durations: Durations
    builds: int
    question: Question | None
    answers: Mapping[str, Answer]
    holds: Mapping[str, str]

    @property
    def seconds(self) -> float:
        """From the first command, such as `git push`, to the end of what it caused."""
        return self.ended_at - self.began_at

    @property
    def own_seconds(self) -> float:
        """Slipway's own share of that: all but gate, image, Helm, pod start and people."""
        times = self.durations
        return self.seconds - times.build - times.helm - times.pods - times.people


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
class EnvironmentSeen:
    """After the last step. `recorded` is the commit that the table says is live, `pods` the digests that run."""

    environment: str
    answer: Answer
    recorded: str
    pods: frozenset[str]
    helm: HelmSeen


@dataclass(frozen=True)
class Aftermath:
    """What is left at the end: each environment, and whatever isn't finished."""

    environments: tuple[EnvironmentSeen, ...]
    leases: tuple[str, ...] = ()
    executions: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """The whole demo. `planned` counts the steps of the story; `aftermath` is None when the story broke off before."""

    planned: int
    steps: tuple[StepSeen, ...]
    traffic: tuple[Traffic, ...]
    aftermath: Aftermath | None
    broken_off: str = ""
