"""Plan: the first state of `deploy`. Opens the deployment and says what it would change."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain.deployment import Deployment
from slipway.domain.release import ReleaseState
from slipway.errors import InvalidInput
from slipway.ports import Configurations, Deployments, Environments, Releases, Timeline


@dataclass(frozen=True)
class PlanRequest:
    deployment: str
    execution: str
    run: str
    service: str
    environment: str
    commit: str


@dataclass(frozen=True)
class Plan:
    """From which release (commit, empty for the first deployment) to which."""

    live: str
    commit: str


def plan(
    request: PlanRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    deployments: Deployments,
    environments: Environments,
    timeline: Timeline,
    now: datetime,
) -> Plan:
    """InvalidInput when service, environment or release aren't there to be deployed."""
    configuration = configurations.read()
    service = configuration.services.get(request.service)
    if service is None or request.environment not in service.targets:
        raise InvalidInput(f"slipway.yaml has no service {request.service!r} with an environment {request.environment!r}.")
    release = releases.get(request.service, request.commit)
    if release is None or release.state is not ReleaseState.READY:
        raise InvalidInput(f"{request.service} has no release at {request.commit} that is ready.")
    deployments.open(Deployment(request.deployment, request.run, request.service, request.environment, request.commit, request.execution), now)
    live = environments.state(request.service, request.environment).live
    origin = f"from {live[:12]}" if live else "as the first release"
    timeline.add(f"DEPLOYMENT#{request.deployment}", "planned", f"{request.service} goes to {request.environment} at {release.version}, {origin}", now)
    return Plan(live, request.commit)
