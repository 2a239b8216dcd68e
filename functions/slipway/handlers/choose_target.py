"""ChooseTarget, the first state of rollback."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.choose_target import ChooseTargetRequest, choose_target


@state_handler(ChooseTargetRequest)
def handler(request: ChooseTargetRequest, context: LambdaContext) -> object:
    return choose_target(
        request,
        configurations=platform.configurations,
        environments=platform.environments,
        deployments=platform.deployments,
        leases=platform.leases,
        audit=platform.audit,
        now=platform.clock(),
    )
