"""What DynamoDB remembers, in dictionaries. Imitates the conditions of the writes; leaves out TTL and size limits."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any

from slipway.domain.approval import Approval, ApprovalState, Vote
from slipway.domain.deployment import Deployment, Outcome, RestorePoint
from slipway.domain.environment import Configuration, EnvironmentState, Target
from slipway.domain.history import HealthyRelease
from slipway.domain.lease import Lease, Superseded, age
from slipway.domain.release import Release, ReleaseState, begins_a_commit
from slipway.domain.run import Run, RunState
from slipway.errors import InvalidInput, LeaseLost
from slipway.ports import PushedRef, Receipt, TimelineEvent, UnfinishedBuild
from tests.fakes.code_host import FakeRefs


@dataclass
class FakeConfigurations:
    configuration: Configuration

    def read(self) -> Configuration:
        return self.configuration

    def change_approval(self, environment: str, **changes: Any) -> None:
        """Another approval rule for sample-app in that environment, from now on."""
        rule = self.configuration.services["sample-app"].targets[environment].approval
        assert rule is not None
        self.change_target(environment, approval=replace(rule, **changes))

    def change_target(self, environment: str, **changes: Any) -> None:
        """Other rules for sample-app in that environment, from now on."""
        targets = self.configuration.services["sample-app"].targets
        self._set_targets({**targets, environment: replace(targets[environment], **changes)})

    def remove_target(self, environment: str) -> None:
        """sample-app doesn't go to that environment any more."""
        targets = self.configuration.services["sample-app"].targets
        self._set_targets({name: target for name, target in targets.items() if name != environment})

    def _set_targets(self, targets: Mapping[str, Target]) -> None:
        services = self.configuration.services
        self.configuration = replace(self.configuration, services={**services, "sample-app": replace(services["sample-app"], targets=targets)})


@dataclass
class FakeDeliveries:
    states: dict[str, str] = field(default_factory=dict)
    refs: FakeRefs = field(default_factory=FakeRefs)

    def receive(self, delivery: str, run: str, pushed: PushedRef, now: datetime) -> Receipt:
        if delivery not in self.states:
            if not self.refs.remember(pushed):
                return Receipt.OVERTAKEN
            self.states[delivery] = "received"
        if self.is_started(delivery):
            return Receipt.STARTED
        return Receipt.GO_ON if self.refs.is_newest(pushed) else Receipt.OVERTAKEN

    def is_started(self, delivery: str) -> bool:
        return self.states.get(delivery) == "started"

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

    def unfinished(self) -> Sequence[str]:
        return [run.identity for run in self.runs.values() if run.state is RunState.RUNNING]


class FakeReleases:
    def __init__(self) -> None:
        self.releases: dict[tuple[str, str], Release] = {}
        self.labels: dict[tuple[str, str], tuple[str, datetime]] = {}
        self.builders: dict[tuple[str, str], str] = {}
        self.attempts: dict[tuple[str, str], int] = {}
        self.waiters: dict[tuple[str, str], dict[str, str]] = {}
        self.builds: dict[tuple[str, str], UnfinishedBuild] = {}
        self.pushed_by: dict[tuple[str, str], set[str]] = {}
        self._lock = threading.Lock()

    def get(self, service: str, commit: str) -> Release | None:
        return self.releases.get((service, commit))

    def label(self, service: str, tag: str, commit: str, asked_at: datetime) -> None:
        known = self.labels.get((service, tag))
        if known is None or known[1] <= asked_at:
            self.labels[service, tag] = commit, asked_at

    def tagged(self, service: str, tag: str) -> Release | None:
        return self.releases.get((service, self.labels.get((service, tag), ("", None))[0]))

    def begun(self, service: str, digits: str) -> Sequence[Release]:
        found = [release for (owner, commit), release in self.releases.items() if owner == service and commit.startswith(digits)]
        return sorted(found, key=lambda release: release.commit) if begins_a_commit(digits) else []

    def remember_pusher(self, service: str, commit: str, login: str) -> None:
        self.pushed_by.setdefault((service, commit), set()).add(login)

    def pushers(self, service: str, commit: str) -> Sequence[str]:
        return sorted(self.pushed_by.get((service, commit), ()))

    def claim(self, service: str, commit: str, run: str, now: datetime) -> int:
        key = service, commit
        with self._lock:
            if key not in self.releases:
                self.releases[key] = Release(service, commit, ReleaseState.BUILDING)
                self.builders[key] = run
                self.attempts[key] = self.attempts.get(key, 0) + 1
                self.builds[key] = UnfinishedBuild(service, commit, now)
            elif self.releases[key].state is not ReleaseState.BUILDING or self.builders[key] != run:
                return 0
            return self.attempts[key]

    def unclaim(self, service: str, commit: str, build: str) -> bool:
        found, unfinished = self.releases.get((service, commit)), self.builds.get((service, commit))
        if found is None or found.state is not ReleaseState.BUILDING or unfinished is None or unfinished.build != build:
            return False
        del self.releases[service, commit]
        return True

    def save(self, release: Release) -> None:
        self.releases[release.service, release.commit] = release

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        self.waiters.setdefault((service, commit), {})[run] = token

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        return list(self.waiters.get((service, commit), {}).values())

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None:
        kept = self.waiters.get((service, commit), {})
        self.waiters[service, commit] = {run: token for run, token in kept.items() if token not in tokens}

    def remember_build(self, service: str, commit: str, build: str) -> None:
        if (service, commit) in self.builds:
            self.builds[service, commit] = replace(self.builds[service, commit], build=build)

    def unfinished_builds(self) -> Sequence[UnfinishedBuild]:
        return list(self.builds.values())

    def build_ended(self, service: str, commit: str, build: str) -> None:
        if (service, commit) in self.builds and self.builds[service, commit].build == build:
            del self.builds[service, commit]


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

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> Deployment:
        if not self.deployments[identity].outcome:
            self.deployments[identity] = replace(self.deployments[identity], outcome=str(outcome), reason=reason)
        return self.deployments[identity]

    def unfinished(self) -> Sequence[str]:
        return [deployment.identity for deployment in self.deployments.values() if not deployment.outcome]

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


@dataclass
class _Waiter:
    first: bool
    token: str
    age: str


class FakeLeases:
    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], Lease] = {}
        self.queues: dict[tuple[str, str], dict[str, _Waiter]] = {}
        self.unanswered: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()

    @_atomic
    def acquire(
        self, service: str, environment: str, deployment: str, token: str, now: datetime, *, asked_at: datetime, first: bool = False
    ) -> tuple[Lease, str] | None:
        key, lease, mine = (service, environment), self.read(service, environment), age(asked_at, deployment)
        if lease.owner == deployment:
            self.unanswered[key] = token
            return lease, token
        queue = self.queues.setdefault(key, {})
        queue.setdefault(deployment, _Waiter(first, token, mine)).token = token
        if not first:
            self.leases[key] = replace(lease, newest=max(lease.newest, mine))
        return self.hand_on(service, environment)

    @_atomic
    def superseded(self, service: str, environment: str) -> Sequence[Superseded]:
        queue = self.queues.get((service, environment), {})
        lease = self.read(service, environment)
        return [Superseded(name, lease.newest_push, waiter.token, name) for name, waiter in queue.items() if self._is_superseded(waiter, lease.newest)]

    @_atomic
    def dismiss(self, service: str, environment: str, waiter: Superseded) -> None:
        queue = self.queues.get((service, environment), {})
        if waiter.place in queue and queue[waiter.place].token == waiter.token:
            del queue[waiter.place]

    @_atomic
    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        self.queues.get((service, environment), {}).pop(deployment, None)
        lease = self.read(service, environment)
        if lease.owner == deployment:
            self.unanswered.pop((service, environment), None)
            self.leases[service, environment] = lease.given_back()
        return self.hand_on(service, environment)

    @_atomic
    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        lease = self.read(service, environment)
        if lease.hold == hold:
            self.leases[service, environment] = replace(lease, hold="")
        return self.hand_on(service, environment)

    @_atomic
    def answered(self, service: str, environment: str, epoch: int) -> None:
        if self.read(service, environment).epoch == epoch:
            self.unanswered.pop((service, environment), None)

    @_atomic
    def ask_to_stop(self, service: str, environment: str, epoch: int, reason: str) -> None:
        lease = self.read(service, environment)
        if lease.owner:
            self._change_while(service, environment, epoch, stop=lease.stop or reason)

    @_atomic
    def put_on_hold(self, service: str, environment: str, deployment: str, reason: str) -> None:
        lease = self.read(service, environment)
        if lease.owner == deployment:
            self.leases[service, environment] = replace(lease, hold=reason)

    @_atomic
    def begin(self, service: str, environment: str, deployment: str, epoch: int, until: datetime) -> None:
        lease = self.read(service, environment)
        if not lease.held_by(deployment, epoch) or lease.stop:
            raise LeaseLost(f"{deployment} may not change {environment} at epoch {epoch} any more.")
        self.leases[service, environment] = replace(lease, in_flight_until=until, changing=deployment)
        self.unanswered.pop((service, environment), None)

    @_atomic
    def landed(self, service: str, environment: str, epoch: int) -> None:
        self._change_while(service, environment, epoch, in_flight_until=None)

    def read(self, service: str, environment: str) -> Lease:
        return self.leases.get((service, environment), Lease())

    @_atomic
    def waiting(self, service: str, environment: str) -> Sequence[str]:
        queue = self.queues.get((service, environment), {})
        newest = self.read(service, environment).newest
        return sorted((name for name, waiter in queue.items() if not self._is_superseded(waiter, newest)), key=lambda name: not queue[name].first)

    @staticmethod
    def _is_superseded(waiter: _Waiter, newest: str) -> bool:
        return not waiter.first and waiter.age < newest

    @_atomic
    def hand_on(self, service: str, environment: str) -> tuple[Lease, str] | None:
        lease, queue = self.read(service, environment), self.queues.get((service, environment), {})
        if lease.owner:
            return (lease, self.unanswered[service, environment]) if (service, environment) in self.unanswered else None
        head = next(iter(self.waiting(service, environment)), "")
        if not head or (lease.hold and not queue[head].first):
            return None
        token = queue.pop(head).token
        self.leases[service, environment] = lease.granted_to(head)
        self.unanswered[service, environment] = token
        return self.leases[service, environment], token

    def _change_while(self, service: str, environment: str, epoch: int, **changes: Any) -> None:
        lease = self.read(service, environment)
        if lease.epoch == epoch:
            self.leases[service, environment] = replace(lease, **changes)


@dataclass
class FakeEnvironments:
    leases: FakeLeases
    states: dict[tuple[str, str], EnvironmentState] = field(default_factory=dict)
    writers: dict[tuple[str, str], str] = field(default_factory=dict)
    releases: dict[tuple[str, str, str], HealthyRelease] = field(default_factory=dict)

    def state(self, service: str, environment: str) -> EnvironmentState:
        return self.states.get((service, environment), EnvironmentState())

    def healthy_release(self, service: str, environment: str, commit: str) -> HealthyRelease | None:
        return self.releases.get((service, environment, commit))

    def recorded_by(self, service: str, environment: str) -> str:
        return self.writers.get((service, environment), "")

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        return [release for key, release in self.releases.items() if key[:2] == (service, environment)]

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
        lease = self.leases.read(service, environment)
        if not lease.held_by(deployment, epoch):
            raise LeaseLost(f"{deployment} no longer has the lease of {environment} at epoch {epoch}.")
        self.states[service, environment] = state
        self.writers[service, environment] = deployment
        self.leases.leases[service, environment] = replace(lease, hold=hold or lease.hold, changing="" if settled else lease.changing)
        for release in (healthy, replaced):
            if release is not None:
                self.releases[service, environment, release.commit] = release


@dataclass
class FakeApprovals:
    approvals: dict[str, Approval] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    cast: dict[str, dict[str, Vote]] = field(default_factory=dict)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)
    supersedes: dict[str, str] = field(default_factory=dict)
    nudged: dict[str, list[str]] = field(default_factory=dict)
    audit: "FakeAudit" = field(default_factory=lambda: FakeAudit())
    _lock: threading.RLock = field(default_factory=threading.RLock, compare=False, repr=False)

    @_atomic
    def open(self, approval: Approval, token: str) -> Approval | None:
        if approval.identity not in self.approvals:
            before = self.approvals.get(self.newest.get((approval.service, approval.environment), ""))
            if before is not None and before.state_at(approval.opened_at) is ApprovalState.PENDING:
                if before.asked_at > approval.asked_at:
                    late = replace(approval, state=ApprovalState.SUPERSEDED, reason=f"{before.version} asks already")
                    self.approvals[approval.identity], self.tokens[approval.identity] = late, token
                    return None
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

    def reminded(self, identity: str) -> Sequence[str]:
        return self.nudged.get(identity, [])

    def remember_reminded(self, identity: str, person: str) -> None:
        self.nudged.setdefault(identity, []).append(person)

    @_atomic
    def vote(self, approval: Approval, vote: Vote) -> bool:
        votes = self.cast.setdefault(approval.identity, {})
        if self.approvals[approval.identity].state is not ApprovalState.PENDING or vote.person in votes:
            return False
        votes[vote.person] = vote
        details = {"reason": vote.reason, "way": vote.way, "commit": approval.commit, "question": approval.identity}
        self.audit.add(vote.person, vote.choice, f"DEPLOYMENT#{approval.deployment}", vote.at, **details)
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
