"""Tells those who wait for a lease what has become of them: the new owner that it is its turn, others that a newer deployment took their place.

AcquireLease, ReleaseLease, Resume, Repair and Sweep call it, each as often as they like: a token is answered once.
"""

from datetime import datetime

from slipway.domain.deployment import Outcome
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
    """The deployment that has the lease now and was told so, empty when nobody was.

    An owner whose execution is gone can't take it: it loses its turn, and the next in the queue is asked.
    """
    for waiter in leases.superseded(service, environment):
        reason = f"{waiter.by} is newer and goes to {environment} instead"
        if workflows.succeed(waiter.token, {"outcome": Outcome.SUPERSEDED, "reason": reason}):
            timeline.add(f"DEPLOYMENT#{waiter.deployment}", "superseded-by", reason, now)
        leases.dismiss(service, environment, waiter)
    while granted is not None:
        lease, token = granted
        if workflows.succeed(token, {"epoch": lease.epoch}):
            timeline.add(f"DEPLOYMENT#{lease.owner}", "lease-acquired", f"Holds the lease of {environment}, epoch {lease.epoch}", now)
        elif not workflows.is_running(deployments.get(lease.owner).execution):
            leases.ask_to_stop(service, environment, lease.epoch, "its execution ended")  # so that no call of it can begin any more
            if leases.read(service, environment).is_in_flight(now):
                return ""  # Repair, or Sweep, takes it over once that call has landed
            granted = leases.release(service, environment, lease.owner)
            continue
        leases.answered(service, environment, lease.epoch)
        return lease.owner
    return ""
