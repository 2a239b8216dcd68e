"""Step Functions, asked with the operator's credentials: the right machine in the right account, once; AWS's errors as sentences."""

import json
import re
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, TokenRetrievalError
from moto import mock_aws

from cli.aws import translated
from cli.failures import Failure, No, Unreachable, WrongUsage
from cli.workflows import Workflows
from tests.unit.cli.world import session

NOW = datetime(2026, 11, 25, 10, 0, 0, tzinfo=UTC)
DEFINITION = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
REQUEST = {"service": "sample-app", "environment": "prod", "revision": 3}


def create_machine() -> None:
    role = "arn:aws:iam::123456789012:role/any"
    boto3.client("stepfunctions", region_name="eu-west-1").create_state_machine(name="slipway-rollback", definition=DEFINITION, roleArn=role)


@mock_aws
def test_a_rollback_starts_in_the_callers_account_with_the_request_as_input() -> None:
    create_machine()
    workflows = Workflows(session(), "eu-west-1")
    execution = workflows.start_rollback(REQUEST, NOW)
    assert execution.arn == f"arn:aws:states:eu-west-1:123456789012:execution:slipway-rollback:{execution.name}"
    seen = boto3.client("stepfunctions", region_name="eu-west-1").describe_execution(executionArn=execution.arn)
    assert json.loads(seen["input"]) == REQUEST
    assert workflows.state(execution).is_running


@mock_aws
def test_names_are_readable_unique_and_leave_room_for_their_deployments() -> None:
    create_machine()
    workflows = Workflows(session(), "eu-west-1")
    names = [workflows.start_rollback({"service": "a/" * 40, "environment": "prod"}, NOW).name for _ in range(2)]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"rollback-[A-Za-z0-9-]+-20261125T100000-[0-9a-f]{6}", name) and len(name) <= 60 for name in names)


@mock_aws
def test_an_account_without_slipway_is_named() -> None:
    with pytest.raises(WrongUsage, match=r"There is no arn:aws:states:eu-west-1:123456789012:stateMachine:slipway-rollback\. Are AWS_PROFILE"):
        Workflows(session(), "eu-west-1").start_rollback(REQUEST, NOW)


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}, "StartExecution"), WrongUsage, "aws sso login"),
        (ClientError({"Error": {"Code": "UnrecognizedClientException", "Message": "invalid"}}, "StartExecution"), WrongUsage, "doesn't accept the credentials"),
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "StartExecution"), No, "doesn't allow this to you"),
        (ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "StartExecution"), Unreachable, "ThrottlingException: slow down"),
        (TokenRetrievalError(provider="sso", error_msg="Token has expired"), WrongUsage, "Token has expired"),
        (ConnectTimeoutError(endpoint_url="https://states"), Unreachable, "AWS doesn't answer"),
    ],
)
def test_errors_of_aws_are_sentences(error: ClientError | BotoCoreError, kind: type[Failure], sentence: str) -> None:
    with pytest.raises(kind, match=re.escape(sentence)), translated():
        raise error
