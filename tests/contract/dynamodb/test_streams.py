"""DynamoDB Streams in the twin. The template has no stream today; moto keeps one shard for each table."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from twin.aws.events.expiry import Expiry
from twin.aws.interpreter import Interpreter, interpreter

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Stream:
    """A table `name` with a stream of new and old images."""

    def __init__(self, machines: Interpreter, name: str) -> None:
        self.dynamodb = machines.client("dynamodb")
        self._streams = machines.client("dynamodbstreams")
        self.name = name
        made = self.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self._arn = made["TableDescription"]["LatestStreamArn"]

    def records(self) -> list[dict[str, Any]]:
        """Everything that has happened to the table, oldest first."""
        shards = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        assert len(shards) == 1
        asked = {"StreamArn": self._arn, "ShardId": shards[0]["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        found: list[dict[str, Any]] = self._streams.get_records(ShardIterator=self._streams.get_shard_iterator(**asked)["ShardIterator"])["Records"]
        return found

    def put(self, sk: str, **attributes: dict[str, Any]) -> None:
        self.dynamodb.put_item(TableName=self.name, Item={**_key(sk), **attributes})


def _key(sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": "one"}, "sk": {"S": sk}}


def _told(record: dict[str, Any]) -> tuple[str, str, str | None, str | None]:
    """What happened, to which sort key, and the attribute `n` before and after."""
    change = record["dynamodb"]
    before, after = (change[image].get("n", {}).get("N") if image in change else None for image in ("OldImage", "NewImage"))
    return record["eventName"], change["Keys"]["sk"]["S"], before, after


@pytest.fixture(scope="module")
def machines() -> Iterator[Interpreter]:
    with interpreter({}) as machines:
        yield machines


@pytest.mark.behaviour(f"{GUIDE}/Streams.html")
def test_the_changes_of_a_partition_come_in_their_order_with_both_images(machines: Interpreter) -> None:
    stream = Stream(machines, "ordered")
    stream.put("a", n={"N": "1"})
    stream.put("b", n={"N": "7"})
    stream.put("a", n={"N": "2"})
    stream.dynamodb.delete_item(TableName="ordered", Key=_key("a"))
    records = stream.records()
    assert [_told(record) for record in records] == [
        ("INSERT", "a", None, "1"),
        ("INSERT", "b", None, "7"),
        ("MODIFY", "a", "1", "2"),
        ("REMOVE", "a", "2", None),
    ]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


@pytest.mark.behaviour(f"{GUIDE}/transaction-apis.html")
def test_all_changes_of_a_transaction_come_and_none_of_a_cancelled_one(machines: Interpreter) -> None:
    stream = Stream(machines, "together")
    put = {"TableName": "together", "ConditionExpression": "attribute_not_exists(pk)"}
    stream.dynamodb.transact_write_items(TransactItems=[{"Put": {**put, "Item": _key(sk)}} for sk in ("a", "b")])
    with pytest.raises(stream.dynamodb.exceptions.TransactionCanceledException):
        stream.dynamodb.transact_write_items(TransactItems=[{"Put": {**put, "Item": _key(sk)}} for sk in ("c", "a")])
    assert [_told(record)[:2] for record in stream.records()] == [("INSERT", "a"), ("INSERT", "b")]


@pytest.mark.behaviour(f"{GUIDE}/time-to-live-ttl-streams.html")
def test_what_has_expired_was_removed_by_dynamodb_itself(machines: Interpreter) -> None:
    stream = Stream(machines, "expiring")
    stream.dynamodb.update_time_to_live(TableName="expiring", TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True})
    for sk in ("by somebody", "by itself"):
        stream.put(sk, expires_at={"N": str(int(NOW.timestamp()) - 1)})
    stream.dynamodb.delete_item(TableName="expiring", Key=_key("by somebody"))
    with closing(Expiry(interval_seconds=3600, clock=lambda: NOW)) as expiry:
        expiry.sweep()
    by_somebody, by_itself = stream.records()[2:]
    assert by_itself["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert (by_itself["eventName"], by_itself["dynamodb"]["Keys"]) == ("REMOVE", _key("by itself"))
    assert "userIdentity" not in by_somebody
