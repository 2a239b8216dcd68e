"""StartExecution of the twin behaves like AWS's."""

import json
import queue
import threading
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from jsonpath_ng import parser as jsonpath_parser
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from tests.contract.needs import Meeting, Sandbox, needs
from twin.aws.interpreter import interpreter
from twin.corrections.patching import Patches
from twin.corrections.stepfunctions.status import subscribe

STARTING = pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html")


@STARTING
@needs("a_missing_name_is_a_new_uuid")
def test_an_execution_without_a_name_gets_a_random_one(sandbox: Sandbox) -> None:
    sandbox.create(Echo=sandbox.task("echo"))
    first, second = (sandbox.machines.run("machine", {"number": number}).arn.split(":")[-1] for number in (1, 2))
    assert uuid.UUID(first) != uuid.UUID(second)


@STARTING
@needs("a_bad_name_or_input_is_refused")
def test_a_bad_name_or_input_starts_nothing(sandbox: Sandbox) -> None:
    arn, states = sandbox.create(Echo=sandbox.task("echo")), sandbox.machines.states
    for bad in ({"name": "with space"}, {"name": "x" * 81}, {"input": "{not json"}):
        with pytest.raises(ClientError) as refused:
            states.start_execution(stateMachineArn=arn, **bad)
        assert refused.value.response["Error"]["Code"] in ("InvalidName", "ValidationException", "InvalidExecutionInput")
    assert states.list_executions(stateMachineArn=arn)["executions"] == []


@STARTING
def test_a_name_starts_one_execution_and_finds_it_again_with_the_same_input_while_it_runs() -> None:
    sandbox = Sandbox()
    with interpreter(sandbox.functions()) as machines:
        sandbox.machines = machines
        sandbox.create(Wait=sandbox.token_task())
        arn = machines.start("machine", {"number": 1}, execution="same")
        assert machines.start("machine", {"number": 1}, execution="same") == arn
        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            machines.start("machine", {"number": 2}, execution="same")
        machines.states.send_task_success(taskToken=sandbox.until_token(), output="{}")
        machines.ended(arn)
        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            machines.start("machine", {"number": 1}, execution="same")
        assert len(sandbox.tokens) == 1


@STARTING
def test_a_machine_that_is_not_there_starts_nothing() -> None:
    with interpreter({}) as machines, pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        machines.start("nobody")


@STARTING
@needs("one_start_at_a_time")
def test_of_two_starts_of_one_name_at_the_same_moment_one_wins(sandbox: Sandbox) -> None:
    arn, meeting, patches = sandbox.create(Echo=sandbox.task("echo")), Meeting(), Patches()
    find, answers = StateMachine._handle_name_input_idempotency, []

    def find_and_meet(machine: Any, *arguments: Any) -> Any:
        found = find(machine, *arguments)
        meeting.wait()
        return found

    def start(number: int) -> None:
        try:
            sandbox.machines.states.start_execution(stateMachineArn=arn, name="same", input=json.dumps({"number": number}))
            answers.append("started")
        except ClientError as error:
            answers.append(error.response["Error"]["Code"])

    patches.replace(StateMachine, "_handle_name_input_idempotency", find_and_meet)
    try:
        threads = [threading.Thread(target=start, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        patches.undo()
    assert sorted(answers) == ["ExecutionAlreadyExists", "started"]


@needs("the_start_time_is_a_string")
def test_the_start_time_in_the_context_object_is_iso_8601(sandbox: Sandbox) -> None:
    sandbox.create(Now={"Type": "Pass", "Parameters": {"at.$": "$$.Execution.StartTime"}, "End": True})
    assert sandbox.machines.run("machine").output["at"].endswith("Z")


@needs("a_new_execution_can_be_asked_at_once")
def test_an_execution_can_be_asked_while_it_is_still_starting(sandbox: Sandbox) -> None:
    parse, ready, patches = ExecutionWorker._get_evaluation_entrypoint, threading.Event(), Patches()

    def parse_late(worker: Any) -> Any:
        ready.wait(20)
        return parse(worker)

    sandbox.create(Echo=sandbox.task("echo"))
    patches.replace(ExecutionWorker, "_get_evaluation_entrypoint", parse_late)
    try:
        arn = sandbox.machines.start("machine")
        with pytest.raises(ClientError) as refused:
            sandbox.machines.states.send_task_success(taskToken="nobody's", output="{}")
    finally:
        ready.set()
        patches.undo()
    assert refused.value.response["Error"]["Code"] == "InvalidToken"
    assert sandbox.machines.ended(arn).status == "SUCCEEDED"


@needs("executions_end_once_and_are_announced")
def test_subscribers_hear_of_the_start_and_of_one_ending(sandbox: Sandbox) -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    leave = subscribe(lambda change: heard.put(change.status))
    sandbox.create("good", Echo=sandbox.task("echo"))
    sandbox.create("bad", Fail=sandbox.task("fail"))
    for name in ("good", "bad"):
        sandbox.machines.run(name)
    assert [heard.get(timeout=3) for _ in range(4)] == ["RUNNING", "SUCCEEDED", "RUNNING", "FAILED"]
    leave()
    assert heard.empty()


@needs("executions_end_once_and_are_announced")
def test_an_execution_that_runs_out_of_time_says_so_in_its_history(sandbox: Sandbox) -> None:
    sandbox.machines.create("machine", {"StartAt": "Wait", "TimeoutSeconds": 1, "States": {"Wait": sandbox.token_task()}})
    arn = sandbox.machines.start("machine")
    token = sandbox.until_token()
    assert sandbox.machines.ended(arn).status == "TIMED_OUT"
    assert sandbox.machines.history(arn)[-1]["type"] == "ExecutionTimedOut"
    with pytest.raises(ClientError):
        sandbox.machines.states.send_task_success(taskToken=token, output="{}")


@needs("jsonata_is_evaluated")
def test_variables_can_be_assigned_and_read(sandbox: Sandbox) -> None:
    sandbox.create(
        Keep={"Type": "Pass", "Assign": {"kept.$": "$.value"}, "Next": "Give"},
        Give={"Type": "Pass", "Parameters": {"given.$": "$kept"}, "End": True},
    )
    assert sandbox.machines.run("machine", {"value": 7}).output == {"given": 7}


@needs("a_definition_is_parsed_once")
def test_a_definition_is_parsed_once(sandbox: Sandbox) -> None:
    parsed, patches, lexer = list[object](), Patches(), asl_parser.ASLLexer
    patches.replace(asl_parser, "ASLLexer", lambda stream: parsed.append(stream) or lexer(stream))
    try:
        sandbox.create(Start={"Type": "Pass", "Next": "Echo"}, Echo=sandbox.task("echo"))
        for number in (1, 2):
            assert sandbox.machines.run("machine", {"number": number}).status == "SUCCEEDED"
    finally:
        patches.undo()
    assert len(parsed) <= 1, "none when an earlier test has had the same definition"


@needs("a_path_is_parsed_once")
def test_a_path_is_parsed_once(sandbox: Sandbox) -> None:
    built, patches, build = list[object](), Patches(), jsonpath_parser.JsonPathParser.__init__

    def counted(parser: Any, *arguments: Any, **named: Any) -> None:
        built.append(parser)
        build(parser, *arguments, **named)

    patches.replace(jsonpath_parser.JsonPathParser, "__init__", counted)
    try:
        sandbox.create(Pick={"Type": "Pass", "InputPath": "$.a.path.of.its.own", "ResultPath": "$.picked.by.it", "End": True})
        for number in (1, 2):
            given = {"a": {"path": {"of": {"its": {"own": number}}}}}
            assert sandbox.machines.run("machine", given).output == {**given, "picked": {"by": {"it": number}}}
    finally:
        patches.undo()
    assert len(built) <= 2, "one for each path"
