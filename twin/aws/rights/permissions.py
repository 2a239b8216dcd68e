"""What a request needs a permission for: action, resource and the context keys that our policies ask about.

Names of actions and resources: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twin.aws.server import ACCOUNT, REGION

Parameters = Mapping[str, Any]
FREE = frozenset({"sts:GetCallerIdentity"})
"""Nobody needs a permission for it. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""


@dataclass(frozen=True)
class Permission:
    """`context` holds the values of condition keys, each a list."""

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


class UnknownAction(LookupError):
    """The twin doesn't know yet which resource a call is about; the message is the action."""


def needed(service: str, operation: str, parameters: Parameters, hash_keys: Mapping[str, str]) -> list[Permission]:
    """All of them have to be given. `parameters` are the API's members, `hash_keys` the partition keys' names of tables. UnknownAction."""
    action = f"{service}:{operation}"
    if action in FREE:
        return []
    if service == "dynamodb":
        return _of_table(operation, parameters, hash_keys)
    if action == "ses:SendEmail":
        sender = str(parameters["FromEmailAddress"])
        address = re.sub(r".*<(.*)>", r"\1", sender)
        return [Permission(action, _arn("ses", f"identity/{address}"), {"ses:FromAddress": [address]})]
    if action not in _RESOURCES:
        raise UnknownAction(action)
    return [Permission(_RENAMED.get(action, action), resource) for resource in _RESOURCES[action](parameters)]


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _of_table(operation: str, parameters: Parameters, hash_keys: Mapping[str, str]) -> list[Permission]:
    """A transaction needs the permission of each of its writes.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    if operation == "TransactWriteItems":
        kinds = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
        writes = [(kinds[kind], write) for item in parameters["TransactItems"] for kind, write in item.items()]
        return [permission for kind, write in writes for permission in _of_table(kind, write, hash_keys)]
    table = parameters["TableName"]
    keys = _leading_keys(parameters, hash_keys[table])
    return [Permission(f"dynamodb:{operation}", _arn("dynamodb", f"table/{table}"), {"dynamodb:LeadingKeys": keys})]


def _leading_keys(parameters: Parameters, hash_key: str) -> Sequence[str]:
    if found := parameters.get("Key") or parameters.get("Item"):
        return list(found[hash_key].values())
    names = {hash_key, *(short for short, name in parameters.get("ExpressionAttributeNames", {}).items() if name == hash_key)}
    for name, value in re.findall(r"([#\w]+)\s*=\s*(:\w+)", parameters.get("KeyConditionExpression", "")):
        if name in names:
            return list(parameters["ExpressionAttributeValues"][value].values())
    return []


def _repository(parameters: Parameters) -> list[str]:
    return [_arn("ecr", f"repository/{parameters['repositoryName']}")]


def _secret(parameters: Parameters) -> list[str]:
    named: str = parameters["SecretId"]
    return [named if named.startswith("arn:") else _arn("secretsmanager", f"secret:{named}")]


def _function(named: str) -> str:
    return named if named.startswith("arn:") else _arn("lambda", f"function:{named}")


def _queue(parameters: Parameters) -> list[str]:
    return [_arn("sqs", str(parameters["QueueUrl"]).rpartition("/")[2])]


def _waiting_machine(parameters: Parameters) -> list[str]:
    """A token's state machine, as the CDK's `grantTaskResponse` has it. A token of nobody needs no permission: Step Functions says what is wrong with it."""
    return [parameters["stateMachineArn"]] if "stateMachineArn" in parameters else []


_RESOURCES: Mapping[str, Callable[[Parameters], list[str]]] = {
    "codebuild:StartBuild": lambda given: [_arn("codebuild", f"project/{given['projectName']}")],
    "codebuild:BatchGetBuilds": lambda given: sorted({_arn("codebuild", f"project/{build.partition(':')[0]}") for build in given["ids"]}),
    "ecr:BatchGetImage": _repository,
    "ecr:DescribeImages": _repository,
    "ecr:DescribeImageScanFindings": _repository,
    "ecr:PutImage": _repository,
    "eks:DescribeCluster": lambda given: [_arn("eks", f"cluster/{given['name']}")],
    "kms:Sign": lambda given: [given["KeyId"]],
    "kms:Verify": lambda given: [given["KeyId"]],
    "lambda:Invoke": lambda given: [_function(given["FunctionName"])],
    "s3:GetObject": lambda given: [given["Resource"]],
    "s3:PutObject": lambda given: [given["Resource"]],
    "secretsmanager:GetSecretValue": _secret,
    "sns:Publish": lambda given: [given["TopicArn"]],
    "sqs:SendMessage": _queue,
    "states:DescribeExecution": lambda given: [given["executionArn"]],
    "states:ListExecutions": lambda given: [given["stateMachineArn"]],
    "states:SendTaskFailure": _waiting_machine,
    "states:SendTaskHeartbeat": _waiting_machine,
    "states:SendTaskSuccess": _waiting_machine,
    "states:StartExecution": lambda given: [given["stateMachineArn"]],
    "states:StopExecution": lambda given: [given["executionArn"]],
    "sts:AssumeRole": lambda given: [given["RoleArn"]],
}
_RENAMED = {"lambda:Invoke": "lambda:InvokeFunction"}
