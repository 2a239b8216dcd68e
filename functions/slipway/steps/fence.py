"""What every step that changes or judges an environment asks, at its start and every few seconds: is the lease still ours, and may we go on?

Aborting an execution doesn't stop a function that runs. So a step that changes something says until when it is at work at most (`in_flight`), and says
when it has ended; until then nobody takes the environment over. Who wants it earlier asks it to stop, and it does at its next look.
A retry of the same state by the same execution may begin while `in_flight_until` is still ahead: nearly always its predecessor was killed. Where only the
connection to it was lost (Lambda.SdkClientException), two calls of one deployment may overlap, and Helm's own lock is what keeps them apart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from slipway.domain.deployment import Deployment
from slipway.errors import LeaseLost
from slipway.ports import Leases


@dataclass(frozen=True)
class Fence:
    """The lease of one deployment at one epoch."""

    leases: Leases
    deployment: Deployment
    epoch: int

    def check(self) -> None:
        """LeaseLost when the lease is somebody else's, its owner is asked to stop, or it has changed nothing yet and a newer push waits."""
        deployment = self.deployment
        lease = self.leases.read(deployment.service, deployment.environment)
        if not lease.held_by(deployment.identity, self.epoch):
            raise LeaseLost(
                f"{deployment.identity} had the lease of {deployment.environment} at epoch {self.epoch}; now {lease.owner or 'nobody'} has it at {lease.epoch}."
            )
        if lease.stop:
            raise LeaseLost(f"{deployment.identity} was asked to stop: {lease.stop}")
        if lease.overtakes(deployment):
            raise LeaseLost(f"{lease.newest_push} is newer and goes to {deployment.environment} instead")

    @contextmanager
    def in_flight(self, until: datetime) -> Iterator[None]:
        """Around everything that changes the environment; `until` is when this call has ended for sure. LeaseLost when it may not begin."""
        deployment = self.deployment
        self.check()
        self.leases.begin(deployment.service, deployment.environment, deployment.identity, self.epoch, until)
        try:
            yield
        finally:
            self.leases.landed(deployment.service, deployment.environment, self.epoch)
