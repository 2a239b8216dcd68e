"""When a schedule fires next, and what a target gets of an event."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from twin.aws.events.expressions import next_time
from twin.aws.events.shape import shaped

MONDAY_NOON = datetime(2025, 6, 2, 12, 0, 30, tzinfo=UTC)
EVENT = {"detail-type": "Build", "resources": ["arn:1", "arn:2"], "detail": {"status": "FAILED", "count": 2, "why": 'a "test"', "nothing": None}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", "2025-06-02T12:01:30"),
        ("rate(5 minutes)", "2025-06-02T12:05:30"),
        ("rate(2 hours)", "2025-06-02T14:00:30"),
        ("rate(7 days)", "2025-06-09T12:00:30"),
        ("cron(0 12 * * ? *)", "2025-06-03T12:00:00"),
        ("cron(1 12 * * ? *)", "2025-06-02T12:01:00"),
        ("cron(0/15 * * * ? *)", "2025-06-02T12:15:00"),
        ("cron(30 8 ? * MON-FRI *)", "2025-06-03T08:30:00"),
        ("cron(0 0 ? * SUN,SAT *)", "2025-06-07T00:00:00"),
        ("cron(0 0 1 JAN ? *)", "2026-01-01T00:00:00"),
        ("cron(0 0 1 1 ? 2026)", "2026-01-01T00:00:00"),
        ("cron(0 9-17/4 * * ? *)", "2025-06-02T13:00:00"),
    ],
)
def test_a_schedule_fires_next_at(expression: str, expected: str) -> None:
    assert next_time(expression, MONDAY_NOON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "expression", ["", "rate(often)", "rate(1 second)", "cron(0 12 * * ?)", "cron(0 12 L * ? *)", "cron(0 0 31 2 ? *)", "cron(0 0 1 1 ? 2024)"]
)
def test_what_is_no_schedule_or_never_fires_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        next_time(expression, MONDAY_NOON)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, EVENT),
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$"}, EVENT),
        ({"InputPath": "$.detail.status"}, "FAILED"),
        ({"InputPath": "$.resources[1]"}, "arn:2"),
        (
            {"InputTransformer": {"InputPathsMap": {"status": "$.detail.status", "all": "$.detail"}, "InputTemplate": '{"is": <status>, "detail": <all>}'}},
            {"is": "FAILED", "detail": EVENT["detail"]},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"why": "$.detail.why", "count": "$.detail.count"}, "InputTemplate": '"<count> failed: <why>"'}},
            '2 failed: a "test"',
        ),
    ],
    ids=["all", "input", "root", "path", "item", "values", "text"],
)
def test_a_target_gets(target: dict[str, Any], expected: Any) -> None:
    assert json.loads(shaped(target, EVENT)) == expected


def test_what_the_event_lacks_is_told() -> None:
    with pytest.raises(LookupError, match="colour"):
        shaped({"InputPath": "$.detail.colour"}, EVENT)
