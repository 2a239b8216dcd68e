"""StopExecution ends an execution in whatever state it is."""

import threading

import pytest
from botocore.exceptions import ClientError

from tests.contract.needs import Sandbox, needs
from twin.aws.interpreter import Interpreter, interpreter

STOPPING = pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html")


@STOPPING
@needs("stopping_takes_effect_at_once")
def test_an_execution_that_waits_for_a_token_is_aborted_at_once(sandbox: Sandbox) -> None:
    sandbox.create(Wait=sandbox.token_task())
    arn = sandbox.machines.start("machine")
    token = sandbox.until_token()
    sandbox.machines.states.stop_execution(executionArn=arn, error="Enough", cause="of it")
    found = sandbox.machines.states.describe_execution(executionArn=arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "of it")
    assert sandbox.machines.history(arn)[-1]["executionAbortedEventDetails"] == {"error": "Enough", "cause": "of it"}
    with pytest.raises(ClientError) as refused:
        sandbox.machines.states.send_task_success(taskToken=token, output="{}")
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"


@STOPPING
def test_an_execution_whose_function_still_runs_is_aborted_at_once_and_stays_so() -> None:
    entered, release = threading.Event(), threading.Event()

    def slow(_: object) -> dict[str, object]:
        entered.set()
        release.wait(20)
        return {}

    sandbox = Sandbox()
    with interpreter({"slow": slow, **sandbox.functions()}) as machines:
        sandbox.machines = machines
        sandbox.create(Slow=_then(sandbox.task("slow"), "Echo"), Echo=sandbox.task("echo"))
        arn = machines.start("machine")
        assert entered.wait(20)
        machines.states.stop_execution(executionArn=arn)
        events = len(machines.history(arn))
        release.set()
        assert machines.ended(arn).status == "ABORTED"
        assert machines.states_entered(arn) == ("Slow",)
        assert len(machines.history(arn)) == events


@STOPPING
def test_an_execution_that_only_waits_is_aborted_at_once() -> None:
    sandbox = Sandbox()
    with interpreter(sandbox.functions()) as machines:
        machines.create("machine", {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}})
        arn = machines.start("machine")
        machines.until_entered(arn, "Wait")
        machines.states.stop_execution(executionArn=arn)
        assert machines.ended(arn).status == "ABORTED"


@STOPPING
def test_an_execution_that_waits_before_a_retry_is_aborted_at_once() -> None:
    sandbox = Sandbox()
    with interpreter(sandbox.functions(), pace=0.01) as machines:
        sandbox.machines = machines
        sandbox.create(Ask=sandbox.task("fail", Retry=[{"ErrorEquals": ["Boom"], "IntervalSeconds": 100}]))
        arn = machines.start("machine")
        machines.until(lambda: "TaskFailed" in _types(machines, arn))
        machines.states.stop_execution(executionArn=arn)
        assert machines.ended(arn).status == "ABORTED"
        assert _types(machines, arn)[-2:] == ["TaskFailed", "ExecutionAborted"]


@STOPPING
def test_an_execution_amid_a_map_is_aborted_at_once_and_no_item_follows() -> None:
    sandbox = Sandbox()
    with interpreter(sandbox.functions()) as machines:
        sandbox.machines = machines
        processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Wait", "States": {"Wait": sandbox.token_task()}}
        sandbox.create(All={"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True})
        arn = machines.start("machine", {"items": [1, 2]})
        token = sandbox.until_token()
        machines.states.stop_execution(executionArn=arn)
        assert machines.ended(arn).status == "ABORTED"
        assert machines.states_entered(arn) == ("All", "Wait")
        with pytest.raises(ClientError, match="TaskTimedOut"):
            machines.states.send_task_success(taskToken=token, output="{}")


@STOPPING
def test_stopping_an_execution_that_has_ended_changes_nothing() -> None:
    sandbox = Sandbox()
    with interpreter(sandbox.functions()) as machines:
        sandbox.machines = machines
        sandbox.create(Echo=sandbox.task("echo"))
        ended = machines.run("machine")
        machines.states.stop_execution(executionArn=ended.arn)
        assert machines.ended(ended.arn).status == "SUCCEEDED"


def _then(task: dict[str, object], following: str) -> dict[str, object]:
    return {**{key: value for key, value in task.items() if key != "End"}, "Next": following}


def _types(machines: Interpreter, arn: str) -> list[str]:
    return [event["type"] for event in machines.history(arn)]
