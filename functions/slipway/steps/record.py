"""RecordLive, RecordRolledBack, RecordNeedsAttention, RecordDeclined and so on: how a deployment ended, and what the environment runs now."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain import history
from slipway.domain.deployment import Deployment, Kind, Outcome
from slipway.domain.environment import EnvironmentState
from slipway.domain.failure import readable
from slipway.domain.history import HealthyRelease
from slipway.ports import Deployments, Environments, Releases, Timeline


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


def record(request: RecordRequest, *, releases: Releases, deployments: Deployments, environments: Environments, timeline: Timeline, now: datetime) -> Recorded:
    """A rollback that had the lease holds the environment however it ended: the next push would undo what the operator wanted."""
    deployment = deployments.get(request.deployment)
    request = replace(request, reason=readable(request.reason))
    if request.epoch:
        state = environments.state(deployment.service, deployment.environment)
        afterwards = after(request, deployment, state)
        healthy = healthy_now(request.outcome, deployment, state, afterwards.live, releases, environments, now)
        hold = f"{deployment.cause}, to {deployment.version}" if deployment.kind is Kind.ROLLBACK else ""
        environments.record(deployment.service, deployment.environment, afterwards, deployment.identity, request.epoch, healthy, hold)
        if hold:
            resume = f"slipway resume {deployment.service} {deployment.environment}"
            timeline.add(f"DEPLOYMENT#{deployment.identity}", "held", f"{deployment.environment} takes only rollbacks until somebody resumes it: {resume}", now)
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
        case _:
            return state


def healthy_now(
    outcome: Outcome, deployment: Deployment, before: EnvironmentState, live: str, releases: Releases, environments: Environments, now: datetime
) -> HealthyRelease | None:
    """The release that was verified to run well just now, with Helm's newest number of it. Only a push that made it live counts as its moment."""
    release = releases.get(deployment.service, live) if live and deployment.revision else None
    if release is None:
        return None
    known = history.find(environments.healthy(deployment.service, deployment.environment), live)
    if outcome is not Outcome.LIVE or deployment.kind is Kind.ROLLBACK:
        return known.restored(deployment.revision) if known is not None else None
    replaced = before.live or before.last_good
    if known is not None:
        return known.again(deployment.version, deployment.revision, now, replaced)
    return HealthyRelease(live, release.image_digest, (deployment.version,), (deployment.revision,), now, replaced)
