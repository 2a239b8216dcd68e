"""OpenRun, the first state of release."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.open_run import OpenRunRequest, open_run


@state_handler(OpenRunRequest)
def handler(request: OpenRunRequest, context: LambdaContext) -> object:
    return open_run(
        request,
        configurations=platform.configurations,
        runs=platform.runs,
        releases=platform.releases,
        registry=platform.registry,
        environments=platform.environments,
        timeline=platform.timeline,
        now=platform.clock(),
    )
