"""AcquireLease: waits for the right to change the environment. Holds a task token instead of asking again and again."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain.deployment import Deployment
from slipway.errors import InvalidInput
from slipway.ports import Deployments, Leases, Timeline, Workflows
from slipway.steps.hand_over import hand_over


@dataclass(frozen=True)
class AcquireLeaseRequest:
    deployment: str
    token: str


def acquire_lease(request: AcquireLeaseRequest, *, deployments: Deployments, leases: Leases, workflows: Workflows, timeline: Timeline, now: datetime) -> None:
    """The token is answered when it is this deployment's turn, or a newer one has taken its place: now, or by whoever gives the lease back or ends a hold.

    A rollback goes first, and asks the push that has the lease to stop. InvalidInput for a deployment whose end is on record: it was redriven.
    """
    deployment = deployments.get(request.deployment)
    if deployment.outcome:
        raise InvalidInput(f"{deployment.identity} has ended ({deployment.outcome}); push again, or start a new rollback.")
    service, environment, first = deployment.service, deployment.environment, deployment.kind.goes_first
    granted = leases.acquire(service, environment, deployment.identity, request.token, now, asked_at=deployment.asked_at, first=first)
    hand_over(granted, service, environment, deployments=deployments, leases=leases, workflows=workflows, timeline=timeline, now=now)
    if deployment.identity not in leases.waiting(service, environment):
        return
    lease = leases.read(service, environment)
    held = f"{environment} is held: {lease.hold}" if lease.hold and not first else ""
    timeline.add(f"DEPLOYMENT#{deployment.identity}", "queued", held or f"Waiting for {lease.owner or 'the lease'}", now)
    if first and lease.owner:
        _preempt(deployment, deployments.get(lease.owner), lease.epoch, leases, timeline, now)


def _preempt(deployment: Deployment, owner: Deployment, epoch: int, leases: Leases, timeline: Timeline, now: datetime) -> None:
    """Only pushes are stopped: rollbacks and repairs take their turns."""
    if owner.kind.goes_first:
        return
    reason = f"{deployment.identity} goes first: {deployment.cause}"
    leases.ask_to_stop(deployment.service, deployment.environment, epoch, reason)
    timeline.add(f"DEPLOYMENT#{owner.identity}", "asked-to-stop", reason, now)
