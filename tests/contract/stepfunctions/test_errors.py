"""Errors that no Catch takes. Each test fails without its correction of moto."""

import pytest
from botocore.exceptions import ClientError

from tests.contract.needs import Sandbox, needs

ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
CAUGHT = {"Type": "Pass", "End": True}


@pytest.mark.behaviour(ERRORS)
@needs("some_errors_are_never_caught")
def test_a_path_that_is_not_there_fails_the_execution_whatever_it_catches(sandbox: Sandbox) -> None:
    task = sandbox.task("echo", Catch=CATCH_ALL, Retry=[{"ErrorEquals": ["States.ALL"]}])
    task["Parameters"]["Payload"] = {"given.$": "$.nothing"}
    sandbox.create(Ask=task, Caught=CAUGHT)
    ended = sandbox.machines.run("machine", {})
    assert (ended.status, ended.error, ended.states) == ("FAILED", "States.Runtime", ("Ask",))


@pytest.mark.behaviour(ERRORS)
@needs("some_errors_are_never_caught")
def test_too_large_a_result_fails_the_execution_though_it_catches_everything(sandbox: Sandbox) -> None:
    task = sandbox.task("echo", Catch=CATCH_ALL)
    task["Parameters"]["Payload"] = {"twice.$": "States.Format('{}{}', $.half, $.half)"}
    sandbox.create(Ask=task, Caught=CAUGHT)
    ended = sandbox.machines.run("machine", {"half": "x" * 140_000})
    assert (ended.status, ended.error, ended.states) == ("FAILED", "States.DataLimitExceeded", ("Ask",))


@pytest.mark.behaviour(ERRORS)
@needs("a_map_needs_an_array")
def test_a_map_of_anything_but_an_array_fails_the_execution_whatever_it_catches(sandbox: Sandbox) -> None:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Each", "States": {"Each": CAUGHT}}
    mapping = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "Catch": CATCH_ALL, "Next": "Caught"}
    sandbox.create(All=mapping, Caught=CAUGHT)
    for items in (7, None, {"a": 1}, "text"):
        ended = sandbox.machines.run("machine", {"items": items})
        assert (ended.status, ended.error, ended.states) == ("FAILED", "States.Runtime", ("All",)), items


@pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html")
@needs("a_choice_needs_its_variable")
def test_a_choice_whose_variable_is_not_there_fails_the_execution(sandbox: Sandbox) -> None:
    rules = [{"Variable": "$.nothing", "StringEquals": "x", "Next": "Done"}]
    sandbox.create(Choose={"Type": "Choice", "Choices": rules, "Default": "Done"}, Done={"Type": "Succeed"})
    ended = sandbox.machines.run("machine", {"something": 1})
    assert (ended.status, ended.error, ended.states) == ("FAILED", "States.Runtime", ("Choose",))
    assert "Invalid path '$.nothing'" in ended.cause


@pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html")
@needs("an_input_has_a_limit")
def test_an_input_of_more_than_256_kib_starts_nothing(sandbox: Sandbox) -> None:
    sandbox.create(Done={"Type": "Succeed"})
    with pytest.raises(ClientError, match=r"ValidationException.*262144"):
        sandbox.machines.start("machine", {"much": "x" * 262_144})
    listed = sandbox.machines.states.list_executions(stateMachineArn=sandbox.machines.state_machine_arn("machine"))
    assert listed["executions"] == []
