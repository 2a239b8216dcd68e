"""WatchRollout, a state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.deadline import call_ends
from slipway.handlers.state import state_handler
from slipway.steps.watch_rollout import WatchRolloutRequest, watch_rollout


@state_handler(WatchRolloutRequest)
def handler(request: WatchRolloutRequest, context: LambdaContext) -> object:
    return watch_rollout(
        request,
        configurations=platform.configurations,
        deployments=platform.deployments,
        leases=platform.leases,
        clusters=platform.clusters,
        timeline=platform.timeline,
        call_ends=call_ends(context, platform.clock()),
        clock=platform.clock,
    )
