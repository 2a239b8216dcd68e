"""AcquireLease: waits for the right to change the environment. Holds a task token instead of asking again and again."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain.deployment import Kind
from slipway.ports import Deployments, Leases, Timeline, Workflows
from slipway.steps.hand_over import hand_over


@dataclass(frozen=True)
class AcquireLeaseRequest:
    deployment: str
    token: str


def acquire_lease(request: AcquireLeaseRequest, *, deployments: Deployments, leases: Leases, workflows: Workflows, timeline: Timeline, now: datetime) -> None:
    """The token is answered when it is this deployment's turn: now, or by whoever gives the lease back or ends a hold. A rollback goes first."""
    deployment = deployments.get(request.deployment)
    first = deployment.kind is Kind.ROLLBACK
    granted = leases.acquire(deployment.service, deployment.environment, deployment.identity, request.token, now, first=first)
    owner = hand_over(
        granted,
        deployment.service,
        deployment.environment,
        deployments=deployments,
        leases=leases,
        workflows=workflows,
        timeline=timeline,
        now=now,
    )
    if owner != deployment.identity:
        lease = leases.read(deployment.service, deployment.environment)
        held = f"{deployment.environment} is held: {lease.hold}" if lease.hold and not first else ""
        timeline.add(f"DEPLOYMENT#{deployment.identity}", "queued", held or f"Waiting for {lease.owner or 'the lease'}", now)
