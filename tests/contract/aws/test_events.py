"""EventBridge of the twin: what AWS's services announce, who gets it in which shape, and what the clock fires."""

import json
import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from twin.aws.events.delivery import Delivery
from twin.aws.events.schedules import Schedules
from twin.aws.events.sources import Announcements, build_state_change
from twin.aws.functions.invocation import AsynchronousInvocations, Function, Outcome
from twin.aws.interpreter import ROLE, Interpreter, interpreter
from twin.aws.weather import Weather

PATIENCE_SECONDS = 20
BUILD = {
    "arn": "arn:aws:codebuild:us-east-1:123456789012:build/slipway-build:1",
    "buildComplete": True,
    "buildStatus": "FAILED",
    "currentPhase": "COMPLETED",
    "environment": {"environmentVariables": [{"name": "COMMIT", "value": "c0ffee", "type": "PLAINTEXT"}]},
    "exportedEnvironmentVariables": [],
    "initiator": "twin",
    "projectName": "slipway-build",
    "sourceVersion": "",
}


class _Inbox:
    """The runner of all functions: keeps which function got which event."""

    def __init__(self) -> None:
        self._received: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def invoke(self, function: Function, event: bytes) -> Outcome:
        self._received.put((function.name, json.loads(event)))
        return Outcome(payload=b"null", failed=False)

    def next(self) -> tuple[str, Any]:
        return self._received.get(timeout=PATIENCE_SECONDS)


class Bus:
    """The default bus with rules for functions, and what the functions got."""

    def __init__(self, machines: Interpreter, announcements: Announcements, delivery: Delivery, inbox: _Inbox) -> None:
        self.machines = machines
        self.announcements = announcements
        self.delivery = delivery
        self.next = inbox.next
        self._events = machines.client("events")

    def rule(self, name: str, *targets: dict[str, Any], **rule: Any) -> None:
        """Rule `name` with `targets`, by default the function `listener`."""
        self._events.put_rule(Name=name, **rule)
        arn = self.machines.function_arn("listener")
        entries = [{"Id": str(number), "Arn": arn, **target} for number, target in enumerate(targets or ({},))]
        assert self._events.put_targets(Rule=name, Targets=entries)["FailedEntryCount"] == 0

    def put(self, detail_type: str) -> None:
        entry = {"Source": "test", "DetailType": detail_type, "Detail": "{}", "Resources": ["first", "second"]}
        assert self._events.put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    inbox = _Inbox()
    later = AsynchronousInvocations(inbox)
    with interpreter({"listener": lambda event: event, "last": lambda event: event}, pace=0.01) as machines:
        announcements, delivery = Announcements(), Delivery(later, Weather(tmp_path))
        yield Bus(machines, announcements, delivery, inbox)
        announcements.close()
        delivery.close()
        later.close()


def test_a_builds_end_reaches_the_rules_function_as_its_input_path_says(bus: Bus) -> None:
    pattern = {"source": ["aws.codebuild"], "detail-type": ["CodeBuild Build State Change"], "detail": {"project-name": ["slipway-build"]}}
    bus.rule("finished", {"InputPath": "$.detail"}, EventPattern=json.dumps(pattern))
    bus.announcements.announce(build_state_change({**BUILD, "projectName": "another"}))
    bus.announcements.announce(build_state_change(BUILD))
    name, detail = bus.next()
    assert (name, detail["build-id"], detail["build-status"], detail["project-name"]) == ("listener", BUILD["arn"], "FAILED", "slipway-build")
    assert detail["additional-information"]["environment"]["environment-variables"] == [{"name": "COMMIT", "value": "c0ffee", "type": "PLAINTEXT"}]


def test_an_execution_announces_that_it_runs_and_how_it_ended(bus: Bus) -> None:
    bus.rule("executions", EventPattern=json.dumps({"source": ["aws.states"]}))
    machine = bus.machines.create("machine", {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Boom", "Cause": "as told"}}})
    ended = bus.machines.run("machine", {"number": 1}, execution="one")
    received = {event["detail"]["status"]: event for _, event in (bus.next(), bus.next())}
    assert set(received) == {"RUNNING", "FAILED"}
    event, detail = received["FAILED"], received["FAILED"]["detail"]
    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.states", "Step Functions Execution Status Change", [ended.arn])
    assert (detail["stateMachineArn"], detail["name"], json.loads(detail["input"])) == (machine, "one", {"number": 1})
    assert (detail["error"], detail["cause"], detail["output"]) == ("Boom", "as told", None)
    assert detail["startDate"] <= detail["stopDate"]


def test_in_bad_weather_an_event_comes_twice_and_another_never(bus: Bus, tmp_path: Path) -> None:
    bus.rule("numbers", EventPattern=json.dumps({"source": ["test"]}))
    forecast = tmp_path / "weather.json"
    forecast.write_text('{"events": {"test": {"lost": 1}}}')
    bus.put("Lost")
    forecast.unlink()
    forecast.write_text('{"events": {"*": {"doubled": 1, "late_seconds": 0.2}}}')
    bus.put("Doubled")
    assert [event["detail-type"] for _, event in (bus.next(), bus.next())] == ["Doubled", "Doubled"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({}, None),
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail-type"}, "Number"),
        ({"InputPath": "$.resources[1]"}, "second"),
        (
            {"InputTransformer": {"InputPathsMap": {"kind": "$.detail-type"}, "InputTemplate": '{"kind": <kind>, "text": "a <kind>"}'}},
            {"kind": "Number", "text": "a Number"},
        ),
    ],
    ids=["whole", "input", "input path", "item of a list", "input transformer"],
)
def test_a_target_gets_the_shape_that_it_asks_for(bus: Bus, shape: dict[str, Any], expected: Any) -> None:
    bus.rule("all", shape, EventPattern=json.dumps({"source": ["test"]}))
    bus.put("Number")
    _, event = bus.next()
    if expected is None:
        assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    else:
        assert event == expected


def test_a_target_that_cannot_be_served_keeps_nothing_from_the_others(bus: Bus) -> None:
    missing = {"Arn": bus.machines.function_arn("no-such-function")}
    last = {"Arn": bus.machines.function_arn("last")}
    bus.rule("all", missing, {"InputPath": "$.detail.not.there"}, last, EventPattern=json.dumps({"source": ["test"]}))
    bus.put("Number")
    name, _ = bus.next()
    assert name == "last"


def test_a_state_machine_is_started_with_the_event(bus: Bus) -> None:
    machine = bus.machines.create("machine", {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})
    bus.rule("all", {"Arn": machine, "RoleArn": ROLE, "Input": '{"started": "by a rule"}'}, EventPattern='{"source": ["test"]}')
    bus.put("Number")
    execution = bus.machines.until(lambda: bus.machines.states.list_executions(stateMachineArn=machine)["executions"])[0]
    assert json.loads(bus.machines.states.describe_execution(executionArn=execution["executionArn"])["input"]) == {"started": "by a rule"}
    bus.machines.ended(execution["executionArn"])


def _clock(*moments: datetime) -> Callable[[], datetime]:
    """Goes on by one moment with each look, and stands still at the last."""
    ticks = chain(moments, repeat(moments[-1]))
    return lambda: next(ticks)


def test_the_clock_fires_enabled_schedules_and_each_only_when_it_is_due(bus: Bus) -> None:
    bus.rule("sweep", ScheduleExpression="rate(5 minutes)")
    bus.rule("disabled", ScheduleExpression="rate(1 minute)", State="DISABLED")
    bus.rule("nonsense", ScheduleExpression="cron(0 12 L * ? *)")
    bus.rule("later", {"Arn": bus.machines.function_arn("last"), "Input": '"due"'}, ScheduleExpression="cron(20 12 * * ? *)")
    noon = datetime(2025, 6, 2, 12, tzinfo=UTC)
    schedules = Schedules(bus.delivery, clock=_clock(*(noon + timedelta(minutes=minutes) for minutes in (0, 6, 6, 21))))
    received = [bus.next() for _ in range(3)]
    schedules.close()
    assert [event["time"] for name, event in received if name == "listener"] == ["2025-06-02T12:06:00Z", "2025-06-02T12:21:00Z"]
    assert [event for name, event in received if name == "last"] == ["due"]
    _, event = next(entry for entry in received if entry[0] == "listener")
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/sweep"]
