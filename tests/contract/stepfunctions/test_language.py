"""The parts of the Amazon States Language that Slipway's definitions are written in, each as its documentation has it."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from tests.contract.needs import Boom, Sandbox
from twin.aws.interpreter import Ended, interpreter
from twin.corrections.patching import Patches

GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
ERRORS = pytest.mark.behaviour(f"{GUIDE}/concepts-error-handling.html")
PATHS = pytest.mark.behaviour(f"{GUIDE}/concepts-input-output-filtering.html")
INTRINSICS = pytest.mark.behaviour(f"{GUIDE}/intrinsic-functions.html")
CHOICE = pytest.mark.behaviour(f"{GUIDE}/state-choice.html")
FAIL = pytest.mark.behaviour(f"{GUIDE}/state-fail.html")
MAP = pytest.mark.behaviour(f"{GUIDE}/state-map-inline.html")
TASK = pytest.mark.behaviour(f"{GUIDE}/state-task.html")
AFTER = {"Type": "Pass", "End": True}
State = dict[str, Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Its functions, `slow`, which returns when the tests are over, and `flaky`, which fails twice."""
    sandbox, over = Sandbox(), threading.Event()

    def flaky(event: dict[str, int]) -> dict[str, int]:
        if event["retries"] < 2:
            raise Boom
        return event

    with interpreter({**sandbox.functions(), "slow": lambda _: over.wait(), "flaky": flaky}, pace=0.01) as machines:
        sandbox.machines = machines
        yield sandbox
        over.set()


@pytest.fixture(name="run")
def runner(sandbox: Sandbox, request: pytest.FixtureRequest) -> "Run":
    return Run(sandbox, request.node.name[-70:].strip("[]").replace("[", "-").replace(" ", "-"))


class Run:
    """Of one state machine that the test describes."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.sandbox = sandbox
        self._name = name

    def __call__(self, given: object, **states: State) -> Ended:
        self.sandbox.create(self._name, **states)
        return self.sandbox.machines.run(self._name, given)

    def task(self, function: str, *, catch: list[State], **more: Any) -> State:
        """A Task state that goes on to After."""
        task = self.sandbox.task(function, Next="After", Catch=catch, **more)
        del task["End"]
        return task

    def waiting(self, **more: Any) -> State:
        """A Task state whose token nobody answers, and that goes on to After."""
        task = self.sandbox.token_task(Next="After", **more)
        del task["End"]
        return task

    def waits(self, **states: State) -> list[float]:
        """The seconds that the machine waits before each retry."""
        waited, patches = list[float](), Patches()
        patches.replace(retrier_decl, "time", SimpleNamespace(sleep=waited.append))
        try:
            self({}, **states)
        finally:
            patches.undo()
        return waited

    def types(self, ended: Ended) -> list[str]:
        """Of the events of its history."""
        history = self.sandbox.machines.states.get_execution_history(executionArn=ended.arn, maxResults=1000)
        return [event["type"] for event in history["events"]]


def caught(*names: str, path: str | None = "$.error") -> State:
    return {"ErrorEquals": list(names), "ResultPath": path, "Next": "After"}


@ERRORS
def test_what_is_caught_stands_beside_the_input(run: Run) -> None:
    ended = run({"order": 7}, Ask=run.task("fail", catch=[caught("States.ALL")]), After=AFTER)
    assert ended.output["order"] == 7
    assert ended.output["error"]["Error"] == "Boom"
    assert '"errorType":"Boom"' in ended.output["error"]["Cause"].replace(" ", "")


@ERRORS
def test_without_a_result_path_what_is_caught_takes_the_place_of_the_input(run: Run) -> None:
    catcher = caught("Boom")
    del catcher["ResultPath"]
    ended = run({"order": 7}, Ask=run.task("fail", catch=[catcher]), After=AFTER)
    assert ended.output.keys() == {"Error", "Cause"}


@ERRORS
def test_what_is_caught_can_be_thrown_away(run: Run) -> None:
    assert run({"order": 7}, Ask=run.task("fail", catch=[caught("Boom", path=None)]), After=AFTER).output == {"order": 7}


@ERRORS
def test_the_first_catcher_that_knows_the_error_takes_it(run: Run) -> None:
    first, second = {**caught("Other"), "Next": "Wrong"}, caught("Boom")
    ended = run({}, Ask=run.task("fail", catch=[first, second, {**caught("States.ALL"), "Next": "Wrong"}]), After=AFTER, Wrong=AFTER)
    assert ended.states == ("Ask", "After")


@ERRORS
def test_an_error_that_nobody_catches_fails_the_execution_by_its_name(run: Run) -> None:
    ended = run({}, Ask=run.task("fail", catch=[caught("Other")]), After=AFTER)
    assert (ended.status, ended.error, ended.states) == ("FAILED", "Boom", ("Ask",))


@ERRORS
def test_task_failed_stands_for_every_error_of_a_function_but_not_for_a_time_out(run: Run) -> None:
    assert run({}, Ask=run.task("fail", catch=[caught("States.TaskFailed")]), After=AFTER).states == ("Ask", "After")


@ERRORS
def test_a_time_out_is_no_failed_task(run: Run) -> None:
    ended = run({}, Ask=run.waiting(TimeoutSeconds=1, Catch=[caught("States.TaskFailed")]), After=AFTER)
    assert (ended.status, ended.error) == ("FAILED", "States.Timeout")


@ERRORS
def test_everything_else_includes_a_time_out(run: Run) -> None:
    ended = run({}, Ask=run.waiting(TimeoutSeconds=1, Catch=[caught("States.ALL")]), After=AFTER)
    assert ended.output["error"]["Error"] == "States.Timeout"


@TASK
def test_the_time_a_task_has_may_come_from_its_input(run: Run) -> None:
    task = run.waiting(TimeoutSecondsPath="$.seconds", Catch=[caught("States.Timeout")])
    del task["TimeoutSeconds"]
    assert run({"seconds": 1}, Ask=task, After=AFTER).output["error"]["Error"] == "States.Timeout"


@ERRORS
def test_a_task_is_retried_as_often_as_its_retrier_says_and_then_caught(run: Run) -> None:
    retriers = [{"ErrorEquals": ["Other"], "MaxAttempts": 9}, {"ErrorEquals": ["Boom"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 2}]
    ended = run({}, Ask=run.task("fail", catch=[caught("States.ALL")], Retry=retriers), After=AFTER)
    assert ended.states == ("Ask", "After")
    assert run.types(ended).count("TaskFailed") == 3


@ERRORS
def test_an_attempt_that_succeeds_makes_up_for_those_that_failed(run: Run) -> None:
    task = run.sandbox.task("flaky", Retry=[{"ErrorEquals": ["Boom"], "MaxAttempts": 4}])
    task["Parameters"]["Payload"] = {"retries.$": "$$.State.RetryCount"}
    del task["Parameters"]["Payload.$"]
    assert run({}, Ask=task).output == {"retries": 2}


@ERRORS
def test_each_wait_before_a_retry_is_longer_than_the_one_before_up_to_a_limit(run: Run) -> None:
    retrier = {"ErrorEquals": ["Boom"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5, "MaxDelaySeconds": 10}
    assert run.waits(Ask=run.sandbox.task("fail", Retry=[retrier])) == [2, 4, 8, 10, 10]


@ERRORS
def test_with_full_jitter_a_wait_is_anything_up_to_what_it_would_be(run: Run) -> None:
    retrier = {"ErrorEquals": ["Boom"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5, "MaxDelaySeconds": 10, "JitterStrategy": "FULL"}
    waits = run.waits(Ask=run.sandbox.task("fail", Retry=[retrier]))
    assert all(0 <= wait <= most for wait, most in zip(waits, [2, 4, 8, 10, 10], strict=True))


@ERRORS
def test_a_time_out_can_be_retried(run: Run) -> None:
    ended = run({}, Ask=run.waiting(TimeoutSeconds=1, Retry=[{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]), After=AFTER)
    assert (ended.error, run.types(ended).count("TaskTimedOut")) == ("States.Timeout", 2)


@TASK
def test_a_function_that_takes_too_long_is_not_waited_for(run: Run) -> None:
    ended = run({}, Ask=run.task("slow", catch=[caught("States.Timeout")], TimeoutSeconds=1), After=AFTER)
    assert ended.output["error"]["Error"] == "States.Timeout"


@pytest.mark.behaviour(f"{GUIDE}/connect-lambda.html")
def test_a_function_named_by_its_arn_gets_the_parameters_and_gives_the_result_itself(run: Run) -> None:
    task = {"Type": "Task", "Resource": run.sandbox.machines.function_arn("echo"), "Parameters": {"told.$": "$.a"}, "ResultPath": "$.answer", "End": True}
    assert run({"a": 1}, Ask=task).output == {"a": 1, "answer": {"told": 1}}


@ERRORS
def test_a_function_named_by_its_arn_fails_by_the_name_of_its_error(run: Run) -> None:
    task = {"Type": "Task", "Resource": run.sandbox.machines.function_arn("fail"), "Catch": [caught("Boom")], "End": True}
    assert run({}, Ask=task, After=AFTER).states == ("Ask", "After")


@ERRORS
def test_no_attempt_more_when_none_is_allowed(run: Run) -> None:
    ended = run({}, Ask=run.task("fail", catch=[], Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}]), After=AFTER)
    assert ended.error == "Boom"
    assert run.types(ended).count("TaskFailed") == 1


@TASK
def test_a_function_that_is_not_there_is_an_error_that_can_be_caught(run: Run) -> None:
    ended = run({}, Ask=run.task("nobody", catch=[caught("States.ALL")]), After=AFTER)
    assert ended.output["error"]["Error"] == "Lambda.ResourceNotFoundException"


@CHOICE
def test_the_first_rule_that_holds_is_taken_and_otherwise_the_default(run: Run) -> None:
    rules = [
        {"Variable": "$.kind", "IsPresent": False, "Next": "Missing"},
        {"Variable": "$.kind", "StringEquals": "b", "Next": "After"},
        {"Variable": "$.sure", "BooleanEquals": True, "Next": "Sure"},
    ]
    states = {"Choose": {"Type": "Choice", "Choices": rules, "Default": "Other"}, "After": AFTER, "Missing": AFTER, "Sure": AFTER, "Other": AFTER}
    assert run({"kind": "b", "sure": True}, **states).states == ("Choose", "After")
    assert run.sandbox.machines.run(run._name, {}).states == ("Choose", "Missing")
    assert run.sandbox.machines.run(run._name, {"kind": "c", "sure": True}).states == ("Choose", "Sure")
    assert run.sandbox.machines.run(run._name, {"kind": "c", "sure": False}).states == ("Choose", "Other")


@CHOICE
def test_a_value_of_another_type_is_not_equal(run: Run) -> None:
    rules = [{"Variable": "$.sure", "BooleanEquals": True, "Next": "Sure"}]
    assert run({"sure": "true"}, Choose={"Type": "Choice", "Choices": rules, "Default": "After"}, Sure=AFTER, After=AFTER).states[-1] == "After"


@CHOICE
def test_a_choice_without_a_way_out_fails_the_execution(run: Run) -> None:
    rules = [{"Variable": "$.kind", "StringEquals": "b", "Next": "After"}]
    ended = run({"kind": "c"}, Choose={"Type": "Choice", "Choices": rules}, After=AFTER)
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")


@FAIL
def test_a_fail_state_names_error_and_cause_out_of_its_input(run: Run) -> None:
    ended = run({"error": "NotLive", "why": "stage: rolled-back"}, Over={"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.why"})
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "NotLive", "stage: rolled-back")


@FAIL
def test_a_fail_state_without_its_cause_fails_all_the_same_as_a_runtime_error(run: Run) -> None:
    ended = run({"error": "NotLive"}, Over={"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.why"})
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")


@PATHS
def test_a_result_is_put_into_the_input_at_its_path(run: Run) -> None:
    given = {"a": {"b": 7}, "keep": 1}
    assert run(given, Put={"Type": "Pass", "InputPath": "$.a.b", "ResultPath": "$.c.d", "End": True}).output == {**given, "c": {"d": 7}}


@PATHS
def test_a_result_that_is_not_wanted_leaves_the_input(run: Run) -> None:
    assert run({"a": 1}, Drop={"Type": "Pass", "Result": 2, "ResultPath": None, "End": True}).output == {"a": 1}


@PATHS
def test_a_selector_shapes_the_result_before_it_is_put_anywhere(run: Run) -> None:
    task = run.sandbox.task("echo", ResultSelector={"told.$": "$.Payload.a"}, ResultPath="$.answer")
    del task["OutputPath"]
    assert run({"a": 1}, Ask=task).output == {"a": 1, "answer": {"told": 1}}


@PATHS
def test_an_output_path_takes_a_part_only(run: Run) -> None:
    assert run({"a": {"b": [1, 2]}}, Take={"Type": "Pass", "OutputPath": "$.a.b", "End": True}).output == [1, 2]


@INTRINSICS
def test_json_becomes_text_and_text_json(run: Run) -> None:
    parameters = {"text.$": "States.JsonToString($.value)", "value.$": "States.StringToJson($.text)"}
    ended = run({"value": {"b": [1, "x"]}, "text": '{"k": 1}'}, Turn={"Type": "Pass", "Parameters": parameters, "End": True})
    assert (ended.output["text"].replace(" ", ""), ended.output["value"]) == ('{"b":[1,"x"]}', {"k": 1})


@INTRINSICS
def test_text_that_is_no_json_fails_the_execution(run: Run) -> None:
    ended = run({"text": "{no"}, Turn={"Type": "Pass", "Parameters": {"value.$": "States.StringToJson($.text)"}, "End": True})
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")


@pytest.mark.behaviour(f"{GUIDE}/input-output-contextobject.html")
def test_an_execution_knows_its_name_and_arn(run: Run) -> None:
    ended = run({}, Tell={"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name", "arn.$": "$$.Execution.Id"}, "End": True})
    assert ended.output == {"name": ended.arn.rpartition(":")[2], "arn": ended.arn}


def mapping(**state: Any) -> State:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Each", "States": {"Each": state}}
    return {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": processor, "Next": "After"}


@MAP
def test_a_map_takes_its_items_one_after_the_other_and_gives_their_results_in_order(run: Run) -> None:
    assert run({"items": [1, 2, 3]}, All=mapping(Type="Pass", End=True), After=AFTER).output == [1, 2, 3]


@MAP
def test_a_map_of_nothing_has_no_results(run: Run) -> None:
    ended = run({"items": []}, All=mapping(Type="Pass", End=True), After=AFTER)
    assert (ended.output, ended.states) == ([], ("All", "After"))


@MAP
def test_the_first_item_that_fails_keeps_the_others_from_their_turn_and_can_be_caught(run: Run) -> None:
    state = {**mapping(**run.sandbox.task("fail")), "Catch": [caught("Boom")], "ResultPath": None}
    ended = run({"items": [1, 2, 3]}, All=state, After=AFTER)
    assert ended.states == ("All", "Each", "After")
    assert ended.output["error"]["Error"] == "Boom"


@MAP
def test_an_item_that_ends_in_a_fail_state_fails_the_map_by_its_name(run: Run) -> None:
    state = {**mapping(Type="Fail", Error="NotLive", CausePath="$.why"), "Catch": [{**caught("Other"), "Next": "Wrong"}, caught("NotLive")]}
    ended = run({"items": [{"why": "stage: rolled-back"}, {"why": "prod"}]}, All=state, After=AFTER, Wrong=AFTER)
    assert ended.states == ("All", "Each", "After")
    assert ended.output["error"] == {"Error": "NotLive", "Cause": "stage: rolled-back"}
