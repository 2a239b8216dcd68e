"""RecordLive, RecordRolledBack and every other state of deploy that records how it ended."""

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.domain.deployment import Outcome
from slipway.handlers.state import state_handler
from slipway.steps.record import RecordRequest, record
from slipway.telemetry import metrics


@state_handler(RecordRequest)
def handler(request: RecordRequest, context: LambdaContext) -> object:
    recorded = record(
        request,
        releases=platform.releases,
        deployments=platform.deployments,
        environments=platform.environments,
        leases=platform.leases,
        timeline=platform.timeline,
        now=platform.clock(),
    )
    metrics.add_metric(name="NeedsAttention", unit=MetricUnit.Count, value=int(recorded.outcome is Outcome.NEEDS_ATTENTION))
    return recorded
