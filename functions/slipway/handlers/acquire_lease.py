"""AcquireLease, a state of deploy that waits with a task token."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.acquire_lease import AcquireLeaseRequest, acquire_lease


@state_handler(AcquireLeaseRequest)
def handler(request: AcquireLeaseRequest, context: LambdaContext) -> None:
    acquire_lease(
        request,
        deployments=platform.deployments,
        leases=platform.leases,
        workflows=platform.workflows,
        timeline=platform.timeline,
        now=platform.clock(),
    )
