"""Which rules an event is for, what it looks like, and the targets that moto can't serve."""

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
Deliver = Callable[[Mapping[str, Any], Mapping[str, Any]], None]
_deliverers: dict[str, Deliver] = {}


def deliver_with(service: str, deliver: Deliver) -> Callable[[], None]:
    """Call `deliver(target, event)` for targets whose ARN is of `service`. Returns the way to stop."""
    _deliverers[service] = deliver
    return lambda: _deliverers.pop(service, None) and None


def service_of(target: Mapping[str, Any]) -> str:
    """The service in a target's ARN."""
    return str(target["Arn"].split(":")[2])


@correction(MOTO, seen="a rule with a target of kind lambda, states or sns raises NotImplementedError, and PutEvents fails")
def unserved_targets_are_handed_over(patches: Patches) -> None:
    """Targets of services that somebody delivers to (`deliver_with`) are handed over; the others are left to moto."""
    send = Rule.send_to_targets

    def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
        if not rule.event_pattern.matches_event(original_event):
            return
        rest = copy.copy(rule)
        rest.targets = [target for target in rule.targets if service_of(target) not in _deliverers]
        send(rest, original_event, transform_input)
        for target in rule.targets:
            if deliver := _deliverers.get(service_of(target)):
                deliver(target, original_event)

    patches.replace(Rule, "send_to_targets", send_to_targets)


@correction(MOTO, seen="a rule that is disabled, or that has only a schedule, is sent every event")
def only_enabled_patterns_match(patches: Patches) -> None:
    """An event goes to enabled rules that have a pattern."""
    send = Rule.send_to_targets

    def send_to_targets(rule: Any, original_event: dict[str, Any], *arguments: Any, **named: Any) -> None:
        if rule.state == "ENABLED" and rule.event_pattern.get_pattern():
            send(rule, original_event, *arguments, **named)

    patches.replace(Rule, "send_to_targets", send_to_targets)


@correction(MOTO, seen="an event's time is a number, and it has a member ingestion-time that EventBridge doesn't send")
def an_events_time_is_iso_8601(patches: Patches) -> None:
    """The event has exactly EventBridge's envelope."""
    send = Rule.send_to_targets

    def send_to_targets(rule: Any, original_event: dict[str, Any], *arguments: Any, **named: Any) -> None:
        event = {key: value for key, value in original_event.items() if key != "ingestion-time"}
        if isinstance(event.get("time"), int | float):
            event["time"] = datetime.fromtimestamp(event["time"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        send(rule, event, *arguments, **named)

    patches.replace(Rule, "send_to_targets", send_to_targets)
