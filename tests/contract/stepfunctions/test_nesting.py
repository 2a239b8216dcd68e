"""A state machine that runs another, and the clients that tasks use."""

import json
from typing import Any

import boto3
import pytest
from moto.stepfunctions import responses
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback

from tests.contract.needs import Sandbox, needs
from twin.corrections.patching import Patches

RUN_A_JOB = pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync")


def _nested(sandbox: Sandbox, child: str, **more: Any) -> dict[str, Any]:
    parameters = {"StateMachineArn": sandbox.machines.state_machine_arn(child), "Input.$": "$", "Name.$": "$.name"}
    return {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": parameters, "End": True, **more}


def _execution(sandbox: Sandbox, machine: str) -> str:
    """The ARN of the execution `one` of a state machine."""
    return sandbox.machines.state_machine_arn(machine).replace(":stateMachine:", ":execution:") + ":one"


@RUN_A_JOB
@needs("member_names_follow_the_service")
def test_the_parent_gets_the_parsed_output_of_its_child(sandbox: Sandbox) -> None:
    sandbox.create("child", Echo=sandbox.task("echo"))
    sandbox.create("parent", Run=_nested(sandbox, "child", OutputPath="$.Output"))
    assert sandbox.machines.run("parent", {"name": "one", "value": 1}).output == {"name": "one", "value": 1}


@RUN_A_JOB
@needs("member_names_follow_the_service")
def test_a_failed_child_is_a_failed_task_whose_cause_tells_the_childs_error(sandbox: Sandbox) -> None:
    sandbox.create("child", Fail=sandbox.task("fail"))
    sandbox.create("parent", Run=_nested(sandbox, "child"))
    ended = sandbox.machines.run("parent", {"name": "one"})
    assert ended.error == "States.TaskFailed"
    assert '"Error": "Boom"' in ended.cause


@needs("member_names_follow_the_service")
def test_a_child_of_a_name_that_was_used_before_is_an_error_of_its_own(sandbox: Sandbox) -> None:
    sandbox.create("child", Echo=sandbox.task("echo"))
    sandbox.create("parent", Run=_nested(sandbox, "child"))
    assert sandbox.machines.run("parent", {"name": "one"}).status == "SUCCEEDED"
    assert sandbox.machines.run("parent", {"name": "one"}).error == "StepFunctions.ExecutionAlreadyExistsException"


@RUN_A_JOB
@needs("stopping_a_parent_stops_its_children")
def test_whoever_stops_the_parent_stops_its_child_and_its_childs_child(sandbox: Sandbox) -> None:
    sandbox.create("grandchild", Wait=sandbox.token_task())
    sandbox.create("child", Run=_nested(sandbox, "grandchild"))
    sandbox.create("parent", Run=_nested(sandbox, "child"))
    arn = sandbox.machines.start("parent", {"name": "one"})
    sandbox.until_token()
    sandbox.machines.states.stop_execution(executionArn=arn)
    for name in ("child", "grandchild"):
        assert sandbox.machines.ended(_execution(sandbox, name), seconds=3).status == "ABORTED"


@RUN_A_JOB
@needs("stopping_a_parent_stops_its_children")
def test_a_parent_that_is_stopped_while_it_starts_its_child_stops_it_too(sandbox: Sandbox) -> None:
    sandbox.create("child", Wait=sandbox.token_task())
    sandbox.create("parent", Run=_nested(sandbox, "child"))
    start, patches = responses.StepFunctionResponse.start_execution, Patches()

    def start_and_stop(request: Any) -> Any:
        answer = start(request)
        if request._get_param("stateMachineArn").endswith(":child"):
            sandbox.machines.states.stop_execution(executionArn=_execution(sandbox, "parent"))
        return answer

    patches.replace(responses.StepFunctionResponse, "start_execution", start_and_stop)
    try:
        arn = sandbox.machines.start("parent", {"name": "one"}, execution="one")
        assert sandbox.machines.ended(arn).status == "ABORTED"
        assert sandbox.machines.ended(_execution(sandbox, "child"), seconds=3).status == "ABORTED"
    finally:
        patches.undo()


@RUN_A_JOB
@needs("member_names_follow_the_service")
def test_a_child_that_is_stopped_or_out_of_time_is_a_failed_task_whose_cause_tells_which(sandbox: Sandbox) -> None:
    wait = {"StartAt": "Wait", "States": {"Wait": sandbox.token_task()}}
    for child, ending, seconds in (("stopped", "ABORTED", 60), ("late", "TIMED_OUT", 1)):
        sandbox.machines.create(child, {**wait, "TimeoutSeconds": seconds})
        sandbox.create(f"parent-of-{child}", Run=_nested(sandbox, child))
        seen = len(sandbox.tokens)
        arn = sandbox.machines.start(f"parent-of-{child}", {"name": "one"})
        sandbox.until_token(seen + 1)
        if child == "stopped":
            sandbox.machines.states.stop_execution(executionArn=_execution(sandbox, child))
        ended = sandbox.machines.ended(arn)
        assert (ended.error, json.loads(ended.cause)["Status"]) == ("States.TaskFailed", ending)


@needs("a_nested_ending_is_noticed_at_once")
def test_the_parent_goes_on_when_the_child_ends_not_when_it_next_looks(sandbox: Sandbox) -> None:
    patches = Patches()
    patches.replace(state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", 25.0)
    try:
        sandbox.create("child", Wait=sandbox.token_task())
        sandbox.create("parent", Run=_nested(sandbox, "child"))
        arn = sandbox.machines.start("parent", {"name": "one"})
        sandbox.machines.states.send_task_success(taskToken=sandbox.until_token(), output="{}")
        assert sandbox.machines.ended(arn, seconds=3).status == "SUCCEEDED"
    finally:
        patches.undo()


@needs("a_nested_ending_is_noticed_at_once")
def test_a_parent_that_waits_asks_nothing(sandbox: Sandbox) -> None:
    asked: list[str] = []
    describe, patches = responses.StepFunctionResponse.describe_execution, Patches()

    def counted(request: Any) -> Any:
        asked.append(request._get_param("executionArn"))
        return describe(request)

    patches.replace(responses.StepFunctionResponse, "describe_execution", counted)
    patches.replace(state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", 0.01)
    try:
        sandbox.create("child", Wait=sandbox.token_task())
        sandbox.create("slow", Wait={"Type": "Wait", "Seconds": 1, "End": True})
        sandbox.create("parent", Run=_nested(sandbox, "child"))
        arn = sandbox.machines.start("parent", {"name": "one"})
        token = sandbox.until_token()
        sandbox.machines.run("slow")
        sandbox.machines.states.send_task_success(taskToken=token, output="{}")
        assert sandbox.machines.ended(arn).status == "SUCCEEDED"
    finally:
        patches.undo()
    assert len([one for one in asked if ":child:" in one]) == 2, "when it has started the child, and when that has ended"


@needs("task_clients_are_kept")
def test_tasks_share_their_clients(sandbox: Sandbox) -> None:
    made: list[str] = []
    patches, build = Patches(), boto3.client
    sandbox.create(Both={"Type": "Map", "ItemProcessor": {"StartAt": "Echo", "States": {"Echo": sandbox.task("echo")}}, "End": True})

    def client(service: str, **options: Any) -> Any:
        made.append(service)
        return build(service, **options)

    patches.replace(boto3, "client", client)
    try:
        sandbox.machines.run("machine", [1, 2, 3])
    finally:
        patches.undo()
    assert made == ["lambda"]


@needs("task_clients_are_kept")
def test_tasks_call_with_the_role_of_their_state_machine(sandbox: Sandbox) -> None:
    who = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "End": True}
    sandbox.create(Who=who)
    assert sandbox.machines.run("machine").output["Arn"] == "arn:aws:sts::123456789012:assumed-role/states/states"
