"""RestorePrevious, the first state of deploy after something went bad."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.restore_previous import RestorePreviousRequest, restore_previous


@state_handler(RestorePreviousRequest)
def handler(request: RestorePreviousRequest, context: LambdaContext) -> object:
    return restore_previous(
        request,
        configurations=platform.configurations,
        deployments=platform.deployments,
        leases=platform.leases,
        clusters=platform.clusters,
        timeline=platform.timeline,
        now=platform.clock(),
    )
