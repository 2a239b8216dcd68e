"""Apply, a state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.deadline import killed_at
from slipway.handlers.state import state_handler
from slipway.steps.apply import ApplyRequest, apply


@state_handler(ApplyRequest)
def handler(request: ApplyRequest, context: LambdaContext) -> object:
    now = platform.clock()
    return apply(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        deployments=platform.deployments,
        environments=platform.environments,
        leases=platform.leases,
        registry=platform.registry,
        bundles=platform.bundles,
        signatures=platform.signatures,
        clusters=platform.clusters,
        timeline=platform.timeline,
        now=now,
        killed_at=killed_at(context, now),
    )
