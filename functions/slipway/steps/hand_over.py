"""Tells the new owner of a lease that it is its turn. AcquireLease, ReleaseLease and Resume call it."""

from datetime import datetime

from slipway.domain.lease import Lease
from slipway.ports import Deployments, Leases, Timeline, Workflows


def hand_over(
    granted: tuple[Lease, str] | None,
    service: str,
    environment: str,
    *,
    deployments: Deployments,
    leases: Leases,
    workflows: Workflows,
    timeline: Timeline,
    now: datetime,
) -> str:
    """The deployment that has the lease now, empty when it went to nobody. Safe to run again, also by somebody else: a token is answered once.

    An owner whose execution is gone can't take it: it loses its turn, and the next in the queue is asked.
    """
    while granted is not None:
        lease, token = granted
        if workflows.succeed(token, {"epoch": lease.epoch}):
            timeline.add(f"DEPLOYMENT#{lease.owner}", "lease-acquired", f"Holds the lease of {environment}, epoch {lease.epoch}", now)
        elif not workflows.is_running(deployments.get(lease.owner).execution):
            granted = leases.release(service, environment, lease.owner)
            continue
        leases.answered(service, environment, lease.epoch)
        return lease.owner
    return ""
