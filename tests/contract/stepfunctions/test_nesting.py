"""A state machine that runs another, and the clients that tasks use."""

from typing import Any

import boto3
from moto.stepfunctions import responses
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback

from tests.contract.needs import Sandbox, needs
from twin.corrections.patching import Patches


def _nested(sandbox: Sandbox, child: str, **more: Any) -> dict[str, Any]:
    parameters = {"StateMachineArn": sandbox.machines.state_machine_arn(child), "Input.$": "$", "Name.$": "$.name"}
    return {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": parameters, "End": True, **more}


@needs("member_names_follow_the_service")
def test_the_parent_gets_the_parsed_output_of_its_child(sandbox: Sandbox) -> None:
    sandbox.create("child", Echo=sandbox.task("echo"))
    sandbox.create("parent", Run=_nested(sandbox, "child", OutputPath="$.Output"))
    assert sandbox.machines.run("parent", {"name": "one", "value": 1}).output == {"name": "one", "value": 1}


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
