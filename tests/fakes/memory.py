"""What DynamoDB remembers, in dictionaries. Imitates the conditions of the writes; leaves out TTL and size limits."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any

from slipway.domain.approval import Approval, ApprovalState, Vote
from slipway.domain.deployment import Deployment, Outcome, RestorePoint
from slipway.domain.environment import Configuration, EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.lease import Lease
from slipway.domain.release import Release, ReleaseState
from slipway.domain.run import Run
from slipway.errors import InvalidInput, LeaseLost
from slipway.ports import TimelineEvent


@dataclass
class FakeConfigurations:
    configuration: Configuration

    def read(self) -> Configuration:
        return self.configuration

    def change_approval(self, environment: str, **changes: Any) -> None:
        """Another approval rule for sample-app in that environment, from now on."""
        service = self.configuration.services["sample-app"]
        target = service.targets[environment]
        assert target.approval is not None
        targets = {**service.targets, environment: replace(target, approval=replace(target.approval, **changes))}
        self.configuration = replace(self.configuration, services={**self.configuration.services, "sample-app": replace(service, targets=targets)})


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

    def latest(self, service: str, environment: str, limit: int) -> Sequence[Deployment]:
        found = [deployment for deployment in self.deployments.values() if (deployment.service, deployment.environment) == (service, environment)]
        return found[::-1][:limit]

    def remember_revision(self, identity: str, revision: int) -> None:
        self.deployments[identity] = replace(self.deployments[identity], revision=revision)

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> None:
        self.deployments[identity] = replace(self.deployments[identity], outcome=str(outcome), reason=reason)

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        return self.points.setdefault(identity, point)

    def restore_point(self, identity: str) -> RestorePoint | None:
        return self.points.get(identity)


def _atomic(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def locked(self: Any, *arguments: Any, **named: Any) -> Any:
        with self._lock:
            return method(self, *arguments, **named)

    return locked


class FakeLeases:
    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], Lease] = {}
        self.queues: dict[tuple[str, str], dict[str, tuple[bool, str]]] = {}
        self.unanswered: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()

    @_atomic
    def acquire(self, service: str, environment: str, deployment: str, token: str, now: datetime, *, first: bool = False) -> tuple[Lease, str] | None:
        lease = self.read(service, environment)
        if lease.owner == deployment:
            self.unanswered[service, environment] = token
            return lease, token
        self.queues.setdefault((service, environment), {})[deployment] = first, token
        return self._hand_on(service, environment)

    @_atomic
    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        self.queues.get((service, environment), {}).pop(deployment, None)
        lease = self.read(service, environment)
        if lease.owner == deployment:
            self.unanswered.pop((service, environment), None)
            self.leases[service, environment] = replace(lease, owner="")
        return self._hand_on(service, environment)

    @_atomic
    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        lease = self.read(service, environment)
        if lease.hold == hold:
            self.leases[service, environment] = replace(lease, hold="")
        return self._hand_on(service, environment)

    @_atomic
    def answered(self, service: str, environment: str, epoch: int) -> None:
        if self.read(service, environment).epoch == epoch:
            self.unanswered.pop((service, environment), None)

    def read(self, service: str, environment: str) -> Lease:
        return self.leases.get((service, environment), Lease())

    def waiting(self, service: str, environment: str) -> Sequence[str]:
        queue = self.queues.get((service, environment), {})
        return sorted(queue, key=lambda deployment: not queue[deployment][0])

    def _hand_on(self, service: str, environment: str) -> tuple[Lease, str] | None:
        lease, queue = self.read(service, environment), self.queues.get((service, environment), {})
        if lease.owner:
            return (lease, self.unanswered[service, environment]) if (service, environment) in self.unanswered else None
        if not queue:
            return None
        head = self.waiting(service, environment)[0]
        if lease.hold and not queue[head][0]:
            return None
        _, token = queue.pop(head)
        self.leases[service, environment] = lease.granted_to(head)
        self.unanswered[service, environment] = token
        return self.leases[service, environment], token


@dataclass
class FakeEnvironments:
    leases: FakeLeases
    states: dict[tuple[str, str], EnvironmentState] = field(default_factory=dict)
    releases: dict[tuple[str, str, str], HealthyRelease] = field(default_factory=dict)

    def state(self, service: str, environment: str) -> EnvironmentState:
        return self.states.get((service, environment), EnvironmentState())

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        return [release for key, release in self.releases.items() if key[:2] == (service, environment)]

    def record(
        self, service: str, environment: str, state: EnvironmentState, deployment: str, epoch: int, healthy: HealthyRelease | None = None, hold: str = ""
    ) -> None:
        lease = self.leases.read(service, environment)
        if not lease.held_by(deployment, epoch):
            raise LeaseLost(f"{deployment} no longer has the lease of {environment} at epoch {epoch}.")
        self.states[service, environment] = state
        self.leases.leases[service, environment] = replace(lease, hold=hold or lease.hold)
        if healthy is not None:
            self.releases[service, environment, healthy.commit] = healthy


@dataclass
class FakeApprovals:
    approvals: dict[str, Approval] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    cast: dict[str, dict[str, Vote]] = field(default_factory=dict)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)
    supersedes: dict[str, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, compare=False, repr=False)

    @_atomic
    def open(self, approval: Approval, token: str) -> Approval | None:
        if approval.identity not in self.approvals:
            before = self.approvals.get(self.newest.get((approval.service, approval.environment), ""))
            if before is not None and before.state_at(approval.opened_at) is ApprovalState.PENDING:
                self.supersedes[approval.identity] = before.identity
            self.approvals[approval.identity] = approval
            self.newest[approval.service, approval.environment] = approval.identity
        self.tokens[approval.identity] = token
        return self.approvals.get(self.supersedes.get(approval.identity, ""))

    def remember_told(self, identity: str) -> None:
        self.approvals[identity] = replace(self.approvals[identity], told=True)

    def get(self, identity: str) -> Approval | None:
        return self.approvals.get(identity)

    def pending(self, service: str, environment: str) -> Approval | None:
        newest = self.approvals.get(self.newest.get((service, environment), ""))
        return newest if newest is not None and newest.state is ApprovalState.PENDING else None

    def token(self, identity: str) -> str:
        if identity not in self.tokens:
            raise InvalidInput(f"There is no approval {identity}.")
        return self.tokens[identity]

    def notified(self, identity: str) -> Sequence[str]:
        return self.asked.get(identity, [])

    def remember_notified(self, identity: str, person: str) -> None:
        self.asked.setdefault(identity, []).append(person)

    def vote(self, identity: str, vote: Vote) -> bool:
        votes = self.cast.setdefault(identity, {})
        if self.approvals[identity].state is not ApprovalState.PENDING or vote.person in votes:
            return False
        votes[vote.person] = vote
        return True

    def votes(self, identity: str) -> Sequence[Vote]:
        return list(self.cast.get(identity, {}).values())

    def decide(self, identity: str, state: ApprovalState, reason: str, since: ApprovalState = ApprovalState.PENDING) -> bool:
        if self.approvals[identity].state is not since:
            return False
        self.approvals[identity] = replace(self.approvals[identity], state=state, reason=reason)
        return True


@dataclass
class FakeAudit:
    entries: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, actor: str, action: str, subject: str, now: datetime, **details: Any) -> None:
        self.entries.append((actor, action, subject, details))


@dataclass
class FakeTimeline:
    events: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)

    def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: Any) -> None:
        self.events.append((subject, kind, message, evidence))
        self.moments.append(now)

    def read(self, subject: str) -> Sequence[TimelineEvent]:
        return [
            TimelineEvent(subject, at, kind, message, evidence)
            for at, (about, kind, message, evidence) in zip(self.moments, self.events, strict=True)
            if about == subject
        ]

    def kinds(self, subject: str) -> list[str]:
        return [kind for about, kind, _, _ in self.events if about == subject]
