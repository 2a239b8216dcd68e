"""Whether each function, each state machine and the build needs what it may: what its role's policies allow beside what the tests here have made it use.

A call that isn't allowed fails by itself, since the twin refuses it (`twin.aws.rights`).
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from twin.aws.rights.enforcement import FILE

Rights = Mapping[str, Set[str]]
"""Actions by role."""

_BY_LAMBDA = "Lambda's poller takes messages by the function's role; the twin's needs none"
_IN_NO_TURN = "its owner's token was not answered: whoever gave the lease was killed in between"
_QUIET = "what it writes is of a kind that nobody is told of yet; `domain.notice` says which are"
_FORGOTTEN = "Helm has forgotten the revision that is put back"
_AFTER_A_LOSS = "an event was lost, or whoever should have acted was killed: how far that had come decides what is left to do"
_RARE: Mapping[str, Sequence[str]] = {
    "slipway-RepairFunctionRole": ("dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "sqs:SendMessage", "states:SendTaskSuccess"),
    "slipway-SweepFunctionRole": (
        *(f"dynamodb:{kind}Item" for kind in ("Delete", "Put", "Update")),
        *("s3:GetObject", "ses:SendEmail", "sqs:SendMessage"),
        *("states:DescribeExecution", "states:SendTaskFailure", "states:SendTaskSuccess", "states:StartExecution"),
    ),
}
_NESTING: Mapping[str, str] = {
    **{
        f"events:{action}": "Step Functions' rule for the ends of nested executions, which the twin sees by itself"
        for action in ("DescribeRule", "PutRule", "PutTargets")
    },
    "states:StopExecution": "the twin stops a nested execution by itself, with the one that started it",
}
_BUILDING: Mapping[str, str] = {
    **{f"logs:{action}": "CodeBuild writes the build's log by the project's role" for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")},
    **{f"s3:{action}": "CodeBuild reads build.zip by the project's role" for action in ("GetObject", "GetObjectVersion")},
    **{
        f"ecr:{action}": "`docker build` and `docker push` move layers; the twin's builder writes an image of its own and tells ECR its manifest"
        for action in (
            "BatchCheckLayerAvailability",
            "CompleteLayerUpload",
            "GetAuthorizationToken",
            "GetDownloadUrlForLayer",
            "InitiateLayerUpload",
            "UploadLayerPart",
        )
    },
}
UNSEEN: Mapping[str, str] = {
    **{f"slipway-BuildRole {action}": why for action, why in _BUILDING.items()},
    **{f"slipway-{machine}StateMachineRole {action}": why for machine in ("Release", "Rollback") for action, why in _NESTING.items()},
    **{f"{role} {action}": _AFTER_A_LOSS for role, actions in _RARE.items() for action in actions},
    "slipway-AcquireLeaseFunctionRole states:DescribeExecution": _IN_NO_TURN,
    "slipway-ApplyFunctionRole sqs:SendMessage": _QUIET,
    "slipway-AwaitApprovalFunctionRole states:SendTaskSuccess": "an older question about the same environment is still open",
    "slipway-BuildFinishedFunctionRole states:SendTaskFailure": "the build broke, not the commit",
    "slipway-BuildFinishedFunctionRole sqs:SendMessage": "by it Lambda keeps an event that the function has failed at three times",
    "slipway-BuildFunctionRole states:SendTaskSuccess": "another run has built the commit since this one looked",
    "slipway-ConfirmPlanFunctionRole dynamodb:PutItem": "the environment has changed while people decided",
    "slipway-ConfirmPlanFunctionRole dynamodb:UpdateItem": "a deployment that was cut short was still changing the environment",
    "slipway-ConfirmPlanFunctionRole sqs:SendMessage": "the environment has changed while people decided",
    "slipway-ReleaseLeaseFunctionRole states:DescribeExecution": _IN_NO_TURN,
    "slipway-RestorePreviousFunctionRole kms:Verify": _FORGOTTEN,
    "slipway-RestorePreviousFunctionRole s3:GetObject": _FORGOTTEN,
    "slipway-SmokeTestFunctionRole sqs:SendMessage": _QUIET,
    "slipway-TellFunctionRole sqs:DeleteMessage": _BY_LAMBDA,
    "slipway-TellFunctionRole sqs:GetQueueAttributes": _BY_LAMBDA,
    "slipway-TellFunctionRole sqs:ReceiveMessage": _BY_LAMBDA,
    "slipway-VerifyRestoredFunctionRole sqs:SendMessage": _QUIET,
    "slipway-WatchRolloutFunctionRole sqs:SendMessage": _QUIET,
    "slipway-WebhookFunctionRole dynamodb:GetItem": "a delivery that came before, or too late, is refused with the reason",
}
"""By role and action: when the function or state machine needs what no test of this folder brings about."""


def allowed(iam: Any) -> Rights:
    """What the policies of the stack's roles name, out of a running one."""
    found: dict[str, set[str]] = defaultdict(set)
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        if not name.endswith(("FunctionRole", "StateMachineRole", "BuildRole")):
            continue
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]:
                found[name] |= set([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    return found


def used(stack: Path) -> Rights:
    """What roles have done on a stack, whose folder this is."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in (stack / FILE).read_text().splitlines():
        call = json.loads(line)
        found[call["role"]].add(call["action"])
    return found


def needless(may: Rights, did: Rights, unseen: Mapping[str, str]) -> list[str]:
    """Role and action of everything that is allowed, was never used and has no reason in `unseen`, and of every reason for what isn't allowed at all."""
    all_allowed = {f"{role} {action}" for role, actions in may.items() for action in actions}
    all_used = {f"{role} {action}" for role, actions in did.items() for action in actions}
    return sorted((all_allowed - all_used - set(unseen)) | (set(unseen) - all_allowed))
