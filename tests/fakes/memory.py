"""What DynamoDB remembers, in dictionaries. Imitates the conditions of the writes; leaves out TTL and size limits."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any

from slipway.domain.deployment import Deployment, Outcome, RestorePoint
from slipway.domain.environment import Configuration, EnvironmentState
from slipway.domain.lease import Lease
from slipway.domain.release import Release, ReleaseState
from slipway.domain.run import Run
from slipway.errors import InvalidInput, LeaseLost


@dataclass
class FakeConfigurations:
    configuration: Configuration

    def read(self) -> Configuration:
        return self.configuration


@dataclass
class FakeDeliveries:
    states: dict[str, str] = field(default_factory=dict)

    def receive(self, delivery: str, run: str, now: datetime) -> bool:
        return self.states.setdefault(delivery, "received") == "started"

    def started(self, delivery: str) -> None:
        self.states[delivery] = "started"


@dataclass
class FakeRuns:
    runs: dict[str, Run] = field(default_factory=dict)

    def open(self, run: Run, now: datetime) -> None:
        self.runs.setdefault(run.identity, run)

    def close(self, run: Run, now: datetime) -> None:
        self.runs[run.identity] = run

    def get(self, identity: str) -> Run | None:
        return self.runs.get(identity)


class FakeReleases:
    def __init__(self) -> None:
        self.releases: dict[tuple[str, str], Release] = {}
        self.builders: dict[tuple[str, str], str] = {}
        self.attempts: dict[tuple[str, str], int] = {}
        self.waiters: dict[tuple[str, str], dict[str, str]] = {}
        self._lock = threading.Lock()

    def get(self, service: str, commit: str) -> Release | None:
        return self.releases.get((service, commit))

    def claim(self, service: str, commit: str, run: str) -> int:
        key = service, commit
        with self._lock:
            if key not in self.releases:
                self.releases[key] = Release(service, commit, ReleaseState.BUILDING)
                self.builders[key] = run
                self.attempts[key] = self.attempts.get(key, 0) + 1
            elif self.releases[key].state is not ReleaseState.BUILDING or self.builders[key] != run:
                return 0
            return self.attempts[key]

    def unclaim(self, service: str, commit: str) -> None:
        found = self.releases.get((service, commit))
        if found is not None and found.state is ReleaseState.BUILDING:
            del self.releases[service, commit]

    def save(self, release: Release) -> None:
        self.releases[release.service, release.commit] = release

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        self.waiters.setdefault((service, commit), {})[run] = token

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        return list(self.waiters.get((service, commit), {}).values())

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None:
        kept = self.waiters.get((service, commit), {})
        self.waiters[service, commit] = {run: token for run, token in kept.items() if token not in tokens}


@dataclass
class FakeDeployments:
    deployments: dict[str, Deployment] = field(default_factory=dict)
    points: dict[str, RestorePoint] = field(default_factory=dict)

    def open(self, deployment: Deployment, now: datetime) -> None:
        self.deployments.setdefault(deployment.identity, deployment)

    def get(self, identity: str) -> Deployment:
        if identity not in self.deployments:
            raise InvalidInput(f"There is no deployment {identity}.")
        return self.deployments[identity]

    def of_run(self, run: str) -> Sequence[Deployment]:
        return [deployment for deployment in self.deployments.values() if deployment.run == run]

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> None:
        self.deployments[identity] = replace(self.deployments[identity], outcome=str(outcome), reason=reason)

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        return self.points.setdefault(identity, point)

    def restore_point(self, identity: str) -> RestorePoint | None:
        return self.points.get(identity)


def _atomic(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def locked(self: "FakeLeases", *arguments: Any) -> Any:
        with self._lock:
            return method(self, *arguments)

    return locked


class FakeLeases:
    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], Lease] = {}
        self.queues: dict[tuple[str, str], dict[str, str]] = {}
        self._lock = threading.RLock()

    @_atomic
    def acquire(self, service: str, environment: str, deployment: str, token: str, now: datetime) -> tuple[Lease, str] | None:
        lease = self.read(service, environment)
        if lease.owner == deployment:
            return lease, token
        self.queues.setdefault((service, environment), {})[deployment] = token
        return self._hand_on(service, environment)

    @_atomic
    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        self.queues.get((service, environment), {}).pop(deployment, None)
        lease = self.read(service, environment)
        if lease.owner != deployment:
            return None
        self.leases[service, environment] = replace(lease, owner="")
        return self._hand_on(service, environment)

    def read(self, service: str, environment: str) -> Lease:
        return self.leases.get((service, environment), Lease())

    def _hand_on(self, service: str, environment: str) -> tuple[Lease, str] | None:
        lease, queue = self.read(service, environment), self.queues.get((service, environment), {})
        if lease.owner or not queue:
            return None
        head = next(iter(queue))
        token = queue.pop(head)
        self.leases[service, environment] = lease.granted_to(head)
        return self.leases[service, environment], token


@dataclass
class FakeEnvironments:
    leases: FakeLeases
    states: dict[tuple[str, str], EnvironmentState] = field(default_factory=dict)

    def state(self, service: str, environment: str) -> EnvironmentState:
        return self.states.get((service, environment), EnvironmentState())

    def record(self, service: str, environment: str, state: EnvironmentState, deployment: str, epoch: int) -> None:
        if not self.leases.read(service, environment).held_by(deployment, epoch):
            raise LeaseLost(f"{deployment} no longer has the lease of {environment} at epoch {epoch}.")
        self.states[service, environment] = state


@dataclass
class FakeTimeline:
    events: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: Any) -> None:
        self.events.append((subject, kind, message, evidence))

    def kinds(self, subject: str) -> list[str]:
        return [kind for about, kind, _, _ in self.events if about == subject]
