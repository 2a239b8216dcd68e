"""VerifyRestored, a state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.deadline import call_ends
from slipway.handlers.state import state_handler
from slipway.steps.verify_restored import VerifyRestoredRequest, verify_restored


@state_handler(VerifyRestoredRequest)
def handler(request: VerifyRestoredRequest, context: LambdaContext) -> object:
    return verify_restored(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        deployments=platform.deployments,
        leases=platform.leases,
        clusters=platform.clusters,
        timeline=platform.timeline,
        call_ends=call_ends(context, platform.clock()),
        clock=platform.clock,
    )
