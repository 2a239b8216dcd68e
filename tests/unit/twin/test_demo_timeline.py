"""What the demo reads out of timelines: the work of others, and why a release was bad."""

from datetime import UTC, datetime, timedelta

from twin.demo.facts import Durations
from twin.demo.timeline import Event, durations, fault

BEGAN = datetime(2026, 11, 25, 12, tzinfo=UTC)


def event(kind: str, after_seconds: float = 0.0, message: str = "", **evidence: object) -> Event:
    return Event(BEGAN + timedelta(seconds=after_seconds), "DEPLOYMENT#x", "EVENT#00001", kind, message, evidence)


def test_the_parts_that_others_did_are_added_up() -> None:
    events = [
        event("built", gate_seconds=3, build_seconds=4.5),
        event("applied", seconds=0.25),
        event("rollout-failed", seconds=1),
        event("restored", seconds=0.5),
        event("rollout-complete", seconds=2),
        event("closed"),
    ]
    assert durations(events) == Durations(gate=3, build=4.5, helm=0.75, pods=3)


def test_people_take_from_the_question_to_the_last_vote() -> None:
    events = [event("asked", 2), event("voted-approve", 5), event("voted-approve", 6.5), event("live", 9)]
    assert durations(events).people == 4.5


def test_a_question_that_nobody_answers_takes_nobodys_time() -> None:
    assert durations([event("asked", 2), event("expired", 9)]) == Durations()


def test_the_fault_is_what_was_seen_first() -> None:
    events = [event("planned"), event("smoke-failed", message="GET /: status 500", path="/"), event("rollout-failed", message="later")]
    assert fault(events) == {"fault": "GET /: status 500", "path": "/"}
    assert fault([event("planned")]) == {}
