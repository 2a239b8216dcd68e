"""Overview: what runs where, what waits and what happened last. The console calls it for `slipway status`; it only reads."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain import history
from slipway.domain.environment import Configuration
from slipway.errors import InvalidInput
from slipway.ports import Approvals, Configurations, Deployments, Environments, Leases

LATEST = 5
"""Deployments that are listed for each environment."""


@dataclass(frozen=True)
class StatusRequest:
    """Empty: all of them."""

    service: str = ""
    environment: str = ""


@dataclass(frozen=True)
class RunningRelease:
    commit: str
    version: str


@dataclass(frozen=True)
class HeldLease:
    owner: str
    epoch: int


@dataclass(frozen=True)
class CastVote:
    person: str
    choice: str


@dataclass(frozen=True)
class OpenQuestion:
    id: str
    version: str
    commit: str
    state: str
    expires_at: datetime
    votes: tuple[CastVote, ...]


@dataclass(frozen=True)
class OnceHealthy:
    """Where a rollback may go back to: `versions` and `revisions` oldest first; `before` is the commit that it replaced."""

    version: str
    versions: tuple[str, ...]
    commit: str
    revisions: tuple[int, ...]
    at: datetime
    before: str


@dataclass(frozen=True)
class LatestDeployment:
    """`outcome` is empty while it runs."""

    id: str
    kind: str
    version: str
    commit: str
    outcome: str
    reason: str
    cause: str


@dataclass(frozen=True)
class EnvironmentStatus:
    """A service in an environment. `waiting` are the deployments in the queue, the next one first; `healthy` and `latest` have the newest first."""

    service: str
    environment: str
    namespace: str
    live: RunningRelease | None
    last_good: RunningRelease | None
    needs_attention: str
    hold: str
    lease: HeldLease | None
    waiting: tuple[str, ...]
    approval: OpenQuestion | None
    healthy: tuple[OnceHealthy, ...]
    latest: tuple[LatestDeployment, ...]


@dataclass(frozen=True)
class Status:
    environments: tuple[EnvironmentStatus, ...]


def status(
    request: StatusRequest,
    *,
    configurations: Configurations,
    environments: Environments,
    leases: Leases,
    approvals: Approvals,
    deployments: Deployments,
    now: datetime,
) -> Status:
    """In the order of slipway.yaml. InvalidInput, with the valid ones, for a service or environment that it doesn't have."""
    configuration = configurations.read()

    def one(service: str, environment: str) -> EnvironmentStatus:
        state, lease = environments.state(service, environment), leases.read(service, environment)
        healthy = sorted(environments.healthy(service, environment), key=lambda release: release.at, reverse=True)

        def running(commit: str) -> RunningRelease | None:
            known = history.find(healthy, commit)
            return RunningRelease(commit, known.version if known is not None else commit[:12]) if commit else None

        return EnvironmentStatus(
            service=service,
            environment=environment,
            namespace=configuration.environments[environment].namespace,
            live=running(state.live),
            last_good=running(state.last_good),
            needs_attention=state.needs_attention,
            hold=lease.hold,
            lease=HeldLease(lease.owner, lease.epoch) if lease.owner else None,
            waiting=tuple(leases.waiting(service, environment)),
            approval=_question(service, environment, approvals, now),
            healthy=tuple(OnceHealthy(found.version, found.versions, found.commit, found.revisions, found.at, found.before) for found in healthy),
            latest=tuple(
                LatestDeployment(found.identity, found.kind, found.version, found.commit, found.outcome, found.reason, found.cause)
                for found in deployments.latest(service, environment, LATEST)
            ),
        )

    return Status(tuple(one(service, environment) for service, environment in _asked_for(request, configuration)))


def _asked_for(request: StatusRequest, configuration: Configuration) -> list[tuple[str, str]]:
    if request.environment and request.environment not in configuration.environments:
        raise InvalidInput(f"There is no environment {request.environment!r}; slipway.yaml has {', '.join(configuration.environments)}.")
    if request.service:
        some = next(iter(configuration.services[request.service].targets), "") if request.service in configuration.services else ""
        if fault := configuration.fault(request.service, request.environment or some):
            raise InvalidInput(fault)
    return [
        (service.name, environment)
        for service in configuration.services.values()
        for environment in service.targets
        if request.service in ("", service.name) and request.environment in ("", environment)
    ]


def _question(service: str, environment: str, approvals: Approvals, now: datetime) -> OpenQuestion | None:
    found = approvals.pending(service, environment)
    if found is None:
        return None
    votes = tuple(CastVote(vote.person, vote.choice) for vote in approvals.votes(found.identity))
    return OpenQuestion(found.identity, found.version, found.commit, found.state_at(now), found.expires_at, votes)
