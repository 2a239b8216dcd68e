"""What every step that changes an environment checks first: is the lease still ours?"""

from slipway.domain.deployment import Deployment
from slipway.errors import LeaseLost
from slipway.ports import Leases


def check(leases: Leases, deployment: Deployment, epoch: int) -> None:
    """LeaseLost unless the deployment holds its environment's lease at that epoch."""
    lease = leases.read(deployment.service, deployment.environment)
    if not lease.held_by(deployment.identity, epoch):
        raise LeaseLost(
            f"{deployment.identity} had the lease of {deployment.environment} at epoch {epoch}; now {lease.owner or 'nobody'} has it at {lease.epoch}."
        )
