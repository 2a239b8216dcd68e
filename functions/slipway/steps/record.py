"""RecordLive, RecordRolledBack, RecordNeedsAttention, RecordDeclined and so on: how a deployment ended, and what the environment runs now."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain import history
from slipway.domain.deployment import Deployment, Kind, Outcome, RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.domain.failure import readable
from slipway.domain.history import HealthyRelease
from slipway.ports import Deployments, Environments, Leases, Releases, Timeline

SETTLED = frozenset({Outcome.LIVE, Outcome.ROLLED_BACK, Outcome.NEEDS_ATTENTION})
"""Ends after which it is known what runs, or that a person has to look."""


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


def record(
    request: RecordRequest,
    *,
    releases: Releases,
    deployments: Deployments,
    environments: Environments,
    leases: Leases,
    timeline: Timeline,
    now: datetime,
) -> Recorded:
    """A rollback that had the lease holds the environment however it ended: the next push would undo what the operator wanted.

    The first end that was recorded stays. A deployment that was asked to stop leaves open what runs; who asked it brings that to an end. One that is
    to have been taken back, and had nothing to be taken back, has failed: what others have left there stays as they left it.
    """
    deployment = deployments.get(request.deployment)
    if deployment.outcome:
        return Recorded(Outcome(deployment.outcome), deployment.reason)
    point = deployments.restore_point(deployment.identity)
    nothing_to_go_back_from = request.outcome is Outcome.ROLLED_BACK and point is None
    request = replace(request, outcome=Outcome.FAILED if nothing_to_go_back_from else request.outcome, reason=readable(request.reason))
    if request.epoch:
        lease = leases.read(deployment.service, deployment.environment)
        request = replace(request, reason=lease.stop if request.outcome is Outcome.SUPERSEDED and lease.stop else request.reason)
        state = environments.state(deployment.service, deployment.environment)
        afterwards = after(request, deployment, state, point, lease.changing == deployment.identity)
        healthy = healthy_now(request.outcome, deployment, state, afterwards.live, releases, environments, now)
        hold = hold_after(deployment)
        before = environments.healthy_release(deployment.service, deployment.environment, state.live)
        replaced = history.replaced(before, afterwards.live, now)
        environments.record(
            deployment.service,
            deployment.environment,
            afterwards,
            deployment.identity,
            request.epoch,
            healthy,
            hold,
            settled=request.outcome in SETTLED,
            replaced=replaced,
        )
        if hold:
            resume = f"slipway resume {deployment.service} {deployment.environment}"
            timeline.add(f"DEPLOYMENT#{deployment.identity}", "held", f"{deployment.environment} takes only rollbacks until somebody resumes it: {resume}", now)
    closed = deployments.close(deployment.identity, request.outcome, request.reason, now)
    timeline.add(f"DEPLOYMENT#{deployment.identity}", closed.outcome, closed.reason, now)
    return Recorded(Outcome(closed.outcome), closed.reason)


def hold_after(deployment: Deployment) -> str:
    """Why the environment is held once this deployment has had its lease; empty when it isn't."""
    return f"{deployment.cause}, to {deployment.version}" if deployment.kind is Kind.ROLLBACK else ""


def after(request: RecordRequest, deployment: Deployment, state: EnvironmentState, point: RestorePoint | None, changing: bool) -> EnvironmentState:
    """What the environment runs once the deployment has ended so. `changing` says whether it has begun to change something that nobody has settled."""
    match request.outcome:
        case Outcome.LIVE:
            return EnvironmentState(live=deployment.commit, last_good=deployment.commit)
        case Outcome.ROLLED_BACK if point is not None:
            return EnvironmentState(live=point.commit, last_good=point.commit)
        case Outcome.NEEDS_ATTENTION:
            return replace(state, live="", needs_attention=request.reason)
        case Outcome.SUPERSEDED if changing:
            return replace(state, live="")
        case _:
            return state


def healthy_now(
    outcome: Outcome, deployment: Deployment, before: EnvironmentState, live: str, releases: Releases, environments: Environments, now: datetime
) -> HealthyRelease | None:
    """The release that was verified to run well just now, with Helm's newest number of it. Only a push that made it live counts as its moment."""
    release = releases.get(deployment.service, live) if live and deployment.revision else None
    if release is None:
        return None
    known = environments.healthy_release(deployment.service, deployment.environment, live)
    if outcome is not Outcome.LIVE or deployment.kind is Kind.ROLLBACK:
        return known.restored(deployment.revision, now) if known is not None else None
    replaced = before.live or before.last_good
    if known is not None:
        return known.again(deployment.version, deployment.revision, now, replaced)
    return HealthyRelease(live, release.image_digest, (deployment.version,), (deployment.revision,), now, replaced)
