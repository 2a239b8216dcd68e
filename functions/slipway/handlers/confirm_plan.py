"""ConfirmPlan, a state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.confirm_plan import ConfirmPlanRequest, confirm_plan


@state_handler(ConfirmPlanRequest)
def handler(request: ConfirmPlanRequest, context: LambdaContext) -> object:
    return confirm_plan(
        request,
        configurations=platform.configurations,
        deployments=platform.deployments,
        environments=platform.environments,
        leases=platform.leases,
        timeline=platform.timeline,
        now=platform.clock(),
    )
