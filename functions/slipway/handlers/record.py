"""RecordLive, RecordRolledBack and every other state of deploy that records how it ended."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.record import RecordRequest, record


@state_handler(RecordRequest)
def handler(request: RecordRequest, context: LambdaContext) -> object:
    return record(
        request,
        releases=platform.releases,
        deployments=platform.deployments,
        environments=platform.environments,
        timeline=platform.timeline,
        now=platform.clock(),
    )
