"""Plan, the first state of deploy."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.plan import PlanRequest, plan


@state_handler(PlanRequest)
def handler(request: PlanRequest, context: LambdaContext) -> object:
    return plan(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        deployments=platform.deployments,
        environments=platform.environments,
        registry=platform.registry,
        bundles=platform.bundles,
        clusters=platform.clusters,
        commits=platform.commits,
        gate_reports=platform.gate_reports,
        plans=platform.plans,
        timeline=platform.timeline,
        now=platform.clock(),
    )
