"""SmokeTest, a state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.smoke_test import SmokeTestRequest, smoke_test


@state_handler(SmokeTestRequest)
def handler(request: SmokeTestRequest, context: LambdaContext) -> object:
    return smoke_test(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        deployments=platform.deployments,
        leases=platform.leases,
        clusters=platform.clusters,
        timeline=platform.timeline,
        now=platform.clock(),
    )
