"""Build, a state of release that waits with a task token."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.build import BuildRequest, build


@state_handler(BuildRequest)
def handler(request: BuildRequest, context: LambdaContext) -> None:
    build(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        builds=platform.builds,
        workflows=platform.workflows,
        timeline=platform.timeline,
        now=platform.clock(),
    )
