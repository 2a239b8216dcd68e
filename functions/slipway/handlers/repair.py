"""Invoked by EventBridge when an execution of ours failed, timed out or was aborted."""

from typing import Annotated

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field
from pydantic.dataclasses import dataclass

from slipway.bootstrap import platform
from slipway.handlers.deadline import call_ends, pause
from slipway.handlers.state import state_handler
from slipway.steps.repair import RepairRequest, repair


@dataclass(frozen=True)
class ExecutionStatusChange:
    """Out of the detail of Step Functions' event. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""

    execution: Annotated[str, Field(validation_alias="executionArn")]
    status: str


@state_handler(ExecutionStatusChange)
def handler(request: ExecutionStatusChange, context: LambdaContext) -> object:
    return repair(
        RepairRequest(request.execution, request.status),
        runs=platform.runs,
        deployments=platform.deployments,
        environments=platform.environments,
        leases=platform.leases,
        approvals=platform.approvals,
        workflows=platform.workflows,
        timeline=platform.timeline,
        clock=platform.clock,
        call_ends=call_ends(context, platform.clock()),
        pause=pause,
    )
