"""AwaitApproval, a state of deploy that waits with a task token."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.await_approval import AwaitApprovalRequest, await_approval


@state_handler(AwaitApprovalRequest)
def handler(request: AwaitApprovalRequest, context: LambdaContext) -> None:
    await_approval(
        request,
        configurations=platform.configurations,
        deployments=platform.deployments,
        approvals=platform.approvals,
        plans=platform.plans,
        mails=platform.mails,
        workflows=platform.workflows,
        timeline=platform.timeline,
        now=platform.clock(),
    )
