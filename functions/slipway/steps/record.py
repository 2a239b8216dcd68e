"""RecordLive, RecordRolledBack, RecordNeedsAttention, RecordFailed: how a deployment ended, and what the environment runs now."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain.deployment import Deployment, Outcome
from slipway.domain.environment import EnvironmentState
from slipway.domain.failure import readable
from slipway.ports import Deployments, Environments, Timeline


@dataclass(frozen=True)
class RecordRequest:
    """`epoch` is 0 when the deployment never held the lease; then the environment's state isn't touched."""

    deployment: str
    outcome: Outcome
    reason: str
    epoch: int = 0


@dataclass(frozen=True)
class Recorded:
    outcome: Outcome
    reason: str


def record(request: RecordRequest, *, deployments: Deployments, environments: Environments, timeline: Timeline, now: datetime) -> Recorded:
    deployment = deployments.get(request.deployment)
    request = replace(request, reason=readable(request.reason))
    if request.epoch:
        state = environments.state(deployment.service, deployment.environment)
        environments.record(deployment.service, deployment.environment, after(request, deployment, state), deployment.identity, request.epoch)
    deployments.close(deployment.identity, request.outcome, request.reason, now)
    timeline.add(f"DEPLOYMENT#{deployment.identity}", request.outcome, request.reason, now)
    return Recorded(request.outcome, request.reason)


def after(request: RecordRequest, deployment: Deployment, state: EnvironmentState) -> EnvironmentState:
    """What the environment runs once the deployment has ended so."""
    match request.outcome:
        case Outcome.LIVE:
            return EnvironmentState(live=deployment.commit, last_good=deployment.commit)
        case Outcome.ROLLED_BACK:
            return EnvironmentState(live=state.last_good, last_good=state.last_good)
        case Outcome.NEEDS_ATTENTION:
            return replace(state, live="", needs_attention=request.reason)
        case Outcome.FAILED:
            return state
