"""ReleaseLease: gives the environment to the next who waits. Runs at the end of every deployment, however it ended."""

from dataclasses import dataclass
from datetime import datetime

from slipway.ports import Deployments, Leases, Timeline, Workflows
from slipway.steps.hand_over import hand_over


@dataclass(frozen=True)
class ReleaseLeaseRequest:
    deployment: str


@dataclass(frozen=True)
class ReleasedLease:
    """The deployment that got the lease, empty when nobody waited."""

    next: str


def release_lease(
    request: ReleaseLeaseRequest, *, deployments: Deployments, leases: Leases, workflows: Workflows, timeline: Timeline, now: datetime
) -> ReleasedLease:
    deployment = deployments.get(request.deployment)
    granted = leases.release(deployment.service, deployment.environment, deployment.identity)
    return ReleasedLease(
        hand_over(granted, deployment.service, deployment.environment, deployments=deployments, leases=leases, workflows=workflows, timeline=timeline, now=now)
    )
