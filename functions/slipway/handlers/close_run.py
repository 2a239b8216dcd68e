"""CloseRun, the last state of release."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.close_run import CloseRunRequest, close_run


@state_handler(CloseRunRequest)
def handler(request: CloseRunRequest, context: LambdaContext) -> object:
    return close_run(
        request,
        configurations=platform.configurations,
        runs=platform.runs,
        releases=platform.releases,
        deployments=platform.deployments,
        timeline=platform.timeline,
        now=platform.clock(),
    )
