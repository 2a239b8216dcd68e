"""ReleaseLease, the last state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.release_lease import ReleaseLeaseRequest, release_lease


@state_handler(ReleaseLeaseRequest)
def handler(request: ReleaseLeaseRequest, context: LambdaContext) -> object:
    return release_lease(
        request,
        deployments=platform.deployments,
        leases=platform.leases,
        workflows=platform.workflows,
        timeline=platform.timeline,
        now=platform.clock(),
    )
