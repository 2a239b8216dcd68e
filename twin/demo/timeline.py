"""Events of Slipway's timelines, and what they say about the work of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twin.demo.facts import Durations

ASKED, VOTED, LIVE = "asked", "voted-", "live"
"""Kinds of events: people were asked, somebody voted (the choice follows), a release is live."""

_TIMED = (
    # kind of event, name of the evidence, part
    ("built", "gate_seconds", "gate"),
    ("built", "build_seconds", "build"),
    ("applied", "seconds", "helm"),
    ("apply-failed", "seconds", "helm"),
    ("restored", "seconds", "helm"),
    ("rollout-complete", "seconds", "pods"),
    ("rollout-failed", "seconds", "pods"),
)


@dataclass(frozen=True)
class Event:
    """One event of a timeline."""

    at: datetime
    subject: str
    number: str
    kind: str
    message: str
    evidence: Mapping[str, Any]


def event(subject: str, item: Mapping[str, Any]) -> Event:
    """Out of the table's item."""
    return Event(datetime.fromisoformat(item["at"]), subject, item["sk"], item["kind"], item["message"], item.get("evidence", {}))


def fault(events: Iterable[Event]) -> dict[str, str]:
    """What the first event about a bad release says: its message as `fault`, and its evidence. Empty when there is none."""
    for each in events:
        if each.kind in ("rollout-failed", "smoke-failed"):
            return {"fault": each.message, **{name: str(value) for name, value in each.evidence.items()}}
    return {}


def durations(events: Iterable[Event]) -> Durations:
    """The build with its gate, Helm, the time in which pods started, and the time from a question to each vote about it. `events` are in their order."""
    seconds = {"gate": 0.0, "build": 0.0, "helm": 0.0, "pods": 0.0, "people": 0.0}
    asked: datetime | None = None
    for each in events:
        for kind, name, part in _TIMED:
            if each.kind == kind:
                seconds[part] += float(each.evidence.get(name, 0))
        if each.kind == ASKED:
            asked = each.at
        elif each.kind.startswith(VOTED) and asked is not None:
            seconds["people"] += (each.at - asked).total_seconds()
            asked = each.at
    return Durations(**seconds)
