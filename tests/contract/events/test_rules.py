"""EventBridge of the twin: which rules an event goes to, and what the target gets."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.contract.needs import Sandbox, needs
from twin.corrections.events.rules import deliver_with


class _Inbox:
    """What was delivered to targets of kind lambda, by target id."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.close = deliver_with("lambda", self._deliver)

    def _deliver(self, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        self.events.append((target["Id"], event))


def _rule(sandbox: Sandbox, name: str, **rule: Any) -> None:
    events = sandbox.machines.client("events")
    events.put_rule(Name=name, **rule)
    events.put_targets(Rule=name, Targets=[{"Id": name, "Arn": sandbox.machines.function_arn("echo")}])


def _send(sandbox: Sandbox, number: int) -> None:
    entry = {"Source": "test", "DetailType": "Number", "Detail": json.dumps({"number": number})}
    assert sandbox.machines.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@needs("unserved_targets_are_handed_over")
def test_a_function_is_handed_the_events_that_its_rule_matches(sandbox: Sandbox) -> None:
    inbox = _Inbox()
    _rule(sandbox, "ones", EventPattern=json.dumps({"source": ["test"], "detail": {"number": [1]}}))
    for number in (1, 2):
        _send(sandbox, number)
    inbox.close()
    assert [(target, event["detail"]) for target, event in inbox.events] == [("ones", {"number": 1})]


@needs("only_enabled_patterns_match")
def test_a_disabled_rule_and_a_schedule_get_no_events(sandbox: Sandbox) -> None:
    inbox = _Inbox()
    _rule(sandbox, "disabled", EventPattern=json.dumps({"source": ["test"]}), State="DISABLED")
    _rule(sandbox, "schedule", ScheduleExpression="rate(5 minutes)")
    _send(sandbox, 1)
    inbox.close()
    assert inbox.events == []


@needs("an_events_time_is_iso_8601")
def test_an_event_has_eventbridges_envelope(sandbox: Sandbox) -> None:
    inbox = _Inbox()
    _rule(sandbox, "all", EventPattern=json.dumps({"source": ["test"]}))
    _send(sandbox, 1)
    inbox.close()
    [(_, event)] = inbox.events
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert datetime.fromisoformat(event["time"]).tzinfo is not None
