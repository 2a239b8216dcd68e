"""Tasks that wait for a token behave like AWS's."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.contract.needs import Sandbox, needs


@needs("a_retry_gets_a_new_token")
def test_a_retried_task_gets_a_token_of_its_own(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task(Retry=[{"ErrorEquals": ["Again"], "MaxAttempts": 1}]))
    arn = sandbox.machines.start("machine")
    first, states = sandbox.until_token(), sandbox.machines.states
    states.send_task_failure(taskToken=first, error="Again", cause="")
    second = sandbox.until_token(2)
    assert first != second
    states.send_task_success(taskToken=second, output=json.dumps({"answer": 2}))
    assert sandbox.machines.ended(arn).output == {"answer": 2}


@needs("a_task_failure_keeps_its_cause")
def test_the_cause_of_a_failed_task_reaches_its_catcher(sandbox: Sandbox) -> None:
    sandbox.create(
        Wait={**sandbox.token_task(Catch=[{"ErrorEquals": ["Rejected"], "Next": "Caught"}])},
        Caught={"Type": "Pass", "End": True},
    )
    arn = sandbox.machines.start("machine")
    sandbox.machines.states.send_task_failure(taskToken=sandbox.until_token(), error="Rejected", cause="not on a Friday")
    assert sandbox.machines.ended(arn).output == {"Error": "Rejected", "Cause": "not on a Friday"}


@needs("a_missed_heartbeat_has_its_own_name")
def test_a_missed_heartbeat_is_not_a_timeout(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task(HeartbeatSeconds=1))
    ended = sandbox.machines.run("machine")
    assert (ended.status, ended.error) == ("FAILED", "States.HeartbeatTimeout")


@needs("a_task_is_answered_once")
def test_the_first_answer_to_a_task_counts_and_the_second_is_told_so(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task())
    arn = sandbox.machines.start("machine")
    token, states = sandbox.until_token(), sandbox.machines.states
    states.send_task_success(taskToken=token, output=json.dumps({"answer": 1}))
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=token, output=json.dumps({"answer": 2}))
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"
    assert sandbox.machines.ended(arn).output == {"answer": 1}
    with pytest.raises(ClientError) as refused:
        states.send_task_failure(taskToken=token, error="Late", cause="")
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"


@needs("a_task_is_answered_once")
def test_an_answer_after_the_task_timed_out_is_refused(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task(TimeoutSeconds=1))
    ended = sandbox.machines.run("machine")
    assert ended.error == "States.Timeout"
    with pytest.raises(ClientError) as refused:
        sandbox.machines.states.send_task_success(taskToken=sandbox.tokens[0], output="{}")
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"
