"""Runs and deployments, what environments run, and who may change them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from slipway.domain.deployment import Deployment, DeployRequest, Outcome, RestorePoint
from slipway.domain.environment import Configuration, EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.lease import Lease, Superseded
from slipway.domain.plan import PlanDocument
from slipway.domain.run import Run


class Configurations(Protocol):
    def read(self) -> Configuration:
        """The valid `slipway.yaml`."""


class Secret(Protocol):
    def values(self) -> Sequence[bytes]:
        """The current value first, then the previous one while a rotation is young, which is 24 hours."""


class Workflows(Protocol):
    """Step Functions, seen from a step."""

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        """Start the `release` workflow under that name; False when an execution of that name exists already."""

    def start_deploy(self, request: DeployRequest) -> bool:
        """Start the `deploy` workflow under the deployment's name; False when an execution of that name exists already."""

    def release_execution(self, run: str) -> str:
        """The ARN of the `release` execution of that name."""

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        """Answer a waiting task; False when nobody waits with that token any more. Only the first answer counts."""

    def is_running(self, execution: str) -> bool:
        """Whether the execution of that ARN hasn't ended yet, whatever it waits for."""

    def fail(self, token: str, error: str, cause: str) -> bool:
        """Fail a waiting task with an error name of `errors.py`; False when nobody waits with that token any more."""


class Runs(Protocol):
    def open(self, run: Run, now: datetime) -> None:
        """Record the run; a run that is there already stays as it is."""

    def close(self, run: Run, now: datetime) -> None:
        """Record state and reason."""

    def get(self, identity: str) -> Run | None: ...

    def unfinished(self) -> Sequence[str]:
        """Those that aren't closed, by identity."""


class Deployments(Protocol):
    def open(self, deployment: Deployment, now: datetime) -> None:
        """Record the deployment; one that is there already stays as it is."""

    def get(self, identity: str) -> Deployment:
        """InvalidInput when there is none."""

    def of_run(self, run: str) -> Sequence[Deployment]:
        """In the order in which they were opened."""

    def latest(self, service: str, environment: str, limit: int) -> Sequence[Deployment]:
        """The newest deployments of a service to an environment, newest first."""

    def remember_revision(self, identity: str, revision: int) -> None:
        """Helm's number of what was applied last."""

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> Deployment:
        """Record how it ended; the recorded end, which is an earlier one when there was one."""

    def unfinished(self) -> Sequence[str]:
        """Those that aren't closed, by identity."""

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        """Record where to go back to, the first time only; the recorded one."""

    def restore_point(self, identity: str) -> RestorePoint | None:
        """None when the deployment never began to change anything."""


class Environments(Protocol):
    def state(self, service: str, environment: str) -> EnvironmentState: ...

    def recorded_by(self, service: str, environment: str) -> str:
        """The deployment that wrote the state; empty before the first."""

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        """Every release that was ever healthy there: thousands, after some years."""

    def healthy_release(self, service: str, environment: str, commit: str) -> HealthyRelease | None:
        """The one of that commit; None when it never was healthy there."""

    def record(
        self,
        service: str,
        environment: str,
        state: EnvironmentState,
        deployment: str,
        epoch: int,
        healthy: HealthyRelease | None = None,
        hold: str = "",
        *,
        settled: bool = True,
        replaced: HealthyRelease | None = None,
    ) -> None:
        """Write the state, which release was healthy and which one's time ended by it, in one transaction and only with the lease at that epoch.

        LeaseLost otherwise. `hold` closes the environment for everything but rollbacks, with that reason, until it is resumed; empty leaves it as it is.
        Unless it is `settled` what runs, the lease goes on to say who was changing it.
        """


class Leases(Protocol):
    """The fenced right to change a service in an environment, and the queue of those who wait for it with a task token."""

    def acquire(
        self, service: str, environment: str, deployment: str, token: str, now: datetime, *, asked_at: datetime, first: bool = False
    ) -> tuple[Lease, str] | None:
        """Queue with the token, then give a free lease to the head of the queue: the new owner's lease and token, None when it isn't free.

        `first` queues ahead of all who aren't, and is the only way past a hold. Of all others only the one that was asked for last may wait: older
        ones are superseded, also when they come later. A deployment that has the lease already gets it again.
        """

    def superseded(self, service: str, environment: str) -> Sequence[Superseded]:
        """Who has to be told that it isn't waiting any more; each until it is dismissed."""

    def dismiss(self, service: str, environment: str, waiter: Superseded) -> None:
        """It was told, and leaves the queue, unless it has come again meanwhile with another token."""

    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        """Give back the lease or the place in the queue. The next owner's lease and token when it went to a waiter who wasn't answered yet."""

    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        """End this hold; another one stays. The next owner's lease and token when somebody waited for it."""

    def answered(self, service: str, environment: str, epoch: int) -> None:
        """The owner of that epoch knows that it has the lease. Until then every look at the queue gives its token again."""

    def hand_on(self, service: str, environment: str) -> tuple[Lease, str] | None:
        """Give a free lease to the head of the queue, as `release` does, for whoever finds that nobody has."""

    def ask_to_stop(self, service: str, environment: str, epoch: int, reason: str) -> None:
        """Ask the owner of that epoch to end at its next safe point; the first reason stays."""

    def put_on_hold(self, service: str, environment: str, deployment: str, reason: str) -> None:
        """Close the environment for everything but rollbacks, as `Environments.record` does, while the lease is that deployment's."""

    def begin(self, service: str, environment: str, deployment: str, epoch: int, until: datetime) -> None:
        """A call begins to change the environment and has ended by `until`, whatever happens. It knows that it has the lease.

        LeaseLost when the lease is somebody else's, or is to be given up.
        """

    def landed(self, service: str, environment: str, epoch: int) -> None:
        """That call has ended: nothing is in flight any more."""

    def read(self, service: str, environment: str) -> Lease: ...

    def waiting(self, service: str, environment: str) -> Sequence[str]:
        """The deployments in the queue, the next one first."""


class Plans(Protocol):
    """What people are shown before they decide, by the question's identity. Manifests are large, so they aren't in the table."""

    def save(self, question: str, plan: PlanDocument) -> None: ...

    def read(self, question: str) -> PlanDocument | None: ...


class Audit(Protocol):
    """Who decided what. Entries are only ever added."""

    def add(self, actor: str, action: str, subject: str, now: datetime, **details: Any) -> None: ...


@dataclass(frozen=True)
class TimelineEvent:
    """`subject` is `RUN#<id>` or `DEPLOYMENT#<id>`."""

    subject: str
    at: datetime
    kind: str
    message: str
    evidence: Mapping[str, Any]


class Timeline(Protocol):
    """The ordered events of a run or a deployment, for people."""

    def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: Any) -> None:
        """`subject` is `RUN#<id>` or `DEPLOYMENT#<id>`; evidence is small, plain data."""

    def read(self, subject: str) -> Sequence[TimelineEvent]:
        """In the order in which they were added."""
