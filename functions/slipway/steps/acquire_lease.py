"""AcquireLease: waits for the right to change the environment. Holds a task token instead of asking again and again."""

from dataclasses import dataclass
from datetime import datetime

from slipway.ports import Deployments, Leases, Timeline, Workflows
from slipway.steps.hand_over import hand_over


@dataclass(frozen=True)
class AcquireLeaseRequest:
    deployment: str
    token: str


def acquire_lease(request: AcquireLeaseRequest, *, deployments: Deployments, leases: Leases, workflows: Workflows, timeline: Timeline, now: datetime) -> None:
    """The token is answered when it is this deployment's turn: now, or by whoever gives the lease back."""
    deployment = deployments.get(request.deployment)
    granted = leases.acquire(deployment.service, deployment.environment, deployment.identity, request.token, now)
    owner = hand_over(granted, deployment, leases=leases, workflows=workflows, timeline=timeline, now=now)
    if owner != deployment.identity:
        ahead = leases.read(deployment.service, deployment.environment).owner
        timeline.add(f"DEPLOYMENT#{deployment.identity}", "queued", f"Waiting for {ahead or 'the lease'}", now)
