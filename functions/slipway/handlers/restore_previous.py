"""RestorePrevious, the first state of deploy after something went bad."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.deadline import killed_at
from slipway.handlers.state import state_handler
from slipway.steps.restore_previous import RestorePreviousRequest, restore_previous


@state_handler(RestorePreviousRequest)
def handler(request: RestorePreviousRequest, context: LambdaContext) -> object:
    now = platform.clock()
    return restore_previous(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        deployments=platform.deployments,
        leases=platform.leases,
        registry=platform.registry,
        bundles=platform.bundles,
        signatures=platform.signatures,
        clusters=platform.clusters,
        timeline=platform.timeline,
        now=now,
        killed_at=killed_at(context, now),
    )
