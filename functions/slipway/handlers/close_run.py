"""CloseRun, the last state of release."""

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.domain.run import RunState
from slipway.handlers.state import state_handler
from slipway.steps.close_run import CloseRunRequest, close_run
from slipway.telemetry import metrics

DECLINED = (RunState.REFUSED, RunState.REJECTED, RunState.EXPIRED)
"""A gate, a rule or people said no, so nobody need be woken: the alarm about executions that fail leaves these out."""


@state_handler(CloseRunRequest)
def handler(request: CloseRunRequest, context: LambdaContext) -> object:
    closed = close_run(
        request,
        configurations=platform.configurations,
        runs=platform.runs,
        releases=platform.releases,
        deployments=platform.deployments,
        timeline=platform.timeline,
        now=platform.clock(),
    )
    metrics.add_metric(name="RunsDeclined", unit=MetricUnit.Count, value=int(closed.state in DECLINED))
    return closed
