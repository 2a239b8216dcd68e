"""Tasks that wait for a token behave like AWS's."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.needs import Boom, Sandbox, needs
from twin.aws.interpreter import interpreter

API = "https://docs.aws.amazon.com/step-functions/latest/apireference"


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


@pytest.mark.behaviour(f"{API}/API_SendTaskSuccess.html")
@needs("a_bad_answer_is_refused")
def test_an_output_that_is_no_json_or_too_long_is_refused_and_the_task_goes_on_waiting(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task())
    arn = sandbox.machines.start("machine")
    token, states = sandbox.until_token(), sandbox.machines.states
    for output, code in (("{no", "InvalidOutput"), ("", "InvalidOutput"), (json.dumps(["x" * 262_141]), "ValidationException")):
        with pytest.raises(ClientError) as refused:
            states.send_task_success(taskToken=token, output=output)
        assert refused.value.response["Error"]["Code"] == code
    states.send_task_success(taskToken=token, output="{}")
    assert sandbox.machines.ended(arn).status == "SUCCEEDED"


@pytest.mark.behaviour(f"{API}/API_SendTaskFailure.html")
@needs("a_bad_answer_is_refused")
def test_an_error_has_256_and_a_cause_32768_characters_at_most(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task())
    arn = sandbox.machines.start("machine")
    token, states = sandbox.until_token(), sandbox.machines.states
    for error, cause in (("é" * 257, ""), ("", "é" * 32_769)):
        with pytest.raises(ClientError, match="ValidationException"):
            states.send_task_failure(taskToken=token, error=error, cause=cause)
    states.send_task_failure(taskToken=token, error="é" * 256, cause="é" * 32_768)
    ended = sandbox.machines.ended(arn)
    assert (ended.error, ended.cause) == ("é" * 256, "é" * 32_768)


@pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token")
def test_a_function_that_fails_with_the_token_in_its_hand_fails_the_task() -> None:
    sandbox = Sandbox()

    def take_and_fail(event: dict[str, str]) -> Any:
        sandbox.tokens.append(event["token"])
        raise Boom

    with interpreter({"keep": take_and_fail}, pace=0.01) as machines:
        sandbox.machines = machines
        sandbox.create(Wait=sandbox.token_task(Retry=[{"ErrorEquals": ["Boom"], "MaxAttempts": 1}]))
        ended = machines.run("machine")
        assert (ended.status, ended.error) == ("FAILED", "Boom")
        assert len(set(sandbox.tokens)) == 2, "each attempt has a token of its own"
        for token in sandbox.tokens:
            with pytest.raises(ClientError, match="TaskTimedOut"):
                machines.states.send_task_success(taskToken=token, output="{}")
