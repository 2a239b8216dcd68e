"""DynamoDB's time to live in the twin: what has expired is deleted in the background, and nothing else."""

import functools
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contract.aws.stacks import settings
from twin.aws import server, stack
from twin.aws.events.expiry import Expiry
from twin.aws.interpreter import interpreter

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
TIME_TO_LIVE = pytest.mark.behaviour(f"{GUIDE}/howitworks-ttl.html")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PATIENCE_SECONDS = 20
NEVER_BY_ITSELF_SECONDS = 3600

TEMPLATE = """
Resources:
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: things
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
"""


def _create_table(dynamodb: Any, name: str, **more: Any) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


def _expire(dynamodb: Any, name: str, *, enabled: bool = True) -> None:
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": enabled})


def _put(dynamodb: Any, table: str, pk: str, expires_at: dict[str, Any] | None) -> None:
    dynamodb.put_item(TableName=table, Item={"pk": {"S": pk}, **({"expires_at": expires_at} if expires_at else {})})


def _seconds(moment: datetime) -> dict[str, str]:
    return {"N": str(int(moment.timestamp()))}


def _names(dynamodb: Any, table: str) -> set[str]:
    return {item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with interpreter({}) as machines:
        yield machines.client("dynamodb")


@pytest.fixture
def expiry() -> Iterator[Expiry]:
    with closing(Expiry(interval_seconds=NEVER_BY_ITSELF_SECONDS, clock=lambda: NOW)) as expiry:
        yield expiry


@TIME_TO_LIVE
def test_only_what_has_expired_is_deleted(dynamodb: Any, expiry: Expiry) -> None:
    _create_table(dynamodb, "mixed")
    _expire(dynamodb, "mixed")
    past = NOW - timedelta(seconds=1)
    kept: dict[str, dict[str, Any] | None] = {
        "without": None,
        "now": _seconds(NOW),
        "later": _seconds(NOW + timedelta(days=1)),
        "text": {"S": str(int(past.timestamp()))},
        "iso": {"S": past.isoformat()},
        "list": {"L": [_seconds(past)]},
        "older than five years": _seconds(NOW - timedelta(days=6 * 365)),
    }
    for name, expires_at in {**kept, "past": _seconds(past), "four years": _seconds(NOW - timedelta(days=4 * 365))}.items():
        _put(dynamodb, "mixed", name, expires_at)
    expiry.sweep()
    assert _names(dynamodb, "mixed") == kept.keys()


@TIME_TO_LIVE
def test_a_table_without_a_time_to_live_keeps_everything(dynamodb: Any, expiry: Expiry) -> None:
    for table in ("never", "not any more"):
        _create_table(dynamodb, table)
        _put(dynamodb, table, "past", _seconds(NOW - timedelta(days=1)))
    _expire(dynamodb, "not any more")
    _expire(dynamodb, "not any more", enabled=False)
    expiry.sweep()
    assert _names(dynamodb, "never") == _names(dynamodb, "not any more") == {"past"}


@TIME_TO_LIVE
def test_until_it_is_deleted_an_expired_item_is_read_and_can_be_given_more_time(dynamodb: Any, expiry: Expiry) -> None:
    _create_table(dynamodb, "saved")
    _expire(dynamodb, "saved")
    _put(dynamodb, "saved", "one", _seconds(NOW - timedelta(days=1)))
    assert _names(dynamodb, "saved") == {"one"}
    _put(dynamodb, "saved", "one", _seconds(NOW + timedelta(days=1)))
    expiry.sweep()
    assert _names(dynamodb, "saved") == {"one"}


class _Clock:
    """Stands still, and counts who looks at it: every sweep does once, at its beginning."""

    def __init__(self) -> None:
        self._looks = threading.Semaphore(0)

    def __call__(self) -> datetime:
        self._looks.release()
        return NOW

    def until_swept(self) -> None:
        """Wait for a sweep that begins and ends from now on."""
        self._looks = threading.Semaphore(0)
        for _ in range(2):
            assert self._looks.acquire(timeout=PATIENCE_SECONDS)


@TIME_TO_LIVE
def test_expired_items_are_deleted_without_anybody_asking_until_it_is_closed(dynamodb: Any) -> None:
    clock = _Clock()
    _create_table(dynamodb, "unattended")
    _expire(dynamodb, "unattended")
    with closing(Expiry(interval_seconds=0.01, clock=clock)):
        _put(dynamodb, "unattended", "one", _seconds(NOW - timedelta(days=1)))
        clock.until_swept()
        assert _names(dynamodb, "unattended") == set()
    _put(dynamodb, "unattended", "two", _seconds(NOW - timedelta(days=1)))
    assert _names(dynamodb, "unattended") == {"two"}


@TIME_TO_LIVE
def test_a_stack_deletes_what_has_expired_by_its_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, template = _Clock(), tmp_path / "template.yaml"
    monkeypatch.setattr(stack, "Expiry", functools.partial(Expiry, interval_seconds=0.01, clock=clock))
    template.write_text(TEMPLATE)
    with stack.running(settings(tmp_path, template)) as running:
        dynamodb = server.client("dynamodb", running.endpoint)
        _put(dynamodb, "things", "one", _seconds(NOW - timedelta(days=1)))
        clock.until_swept()
        assert _names(dynamodb, "things") == set()
