"""What the table does about DynamoDB's answers that moto never gives."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from slipway.adapters.dynamodb import table as room
from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.errors import TemporarilyUnavailable

CONFLICT = [{"Code": "None"}, {"Code": "TransactionConflict"}]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    monkeypatch.setattr(room, "client", lambda service: client)
    monkeypatch.setattr(room, "_CONFLICT_PAUSES_SECONDS", (0.0, 0.0, 0.0))
    with Stubber(client) as stubber:
        yield stubber


def cancel(stubber: Stubber, reasons: list[dict[str, str]]) -> None:
    stubber.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": reasons})


def test_a_write_that_meets_a_transaction_is_tried_again(stubbed: Stubber) -> None:
    cancel(stubbed, CONFLICT)
    stubbed.add_response("transact_write_items", {})
    Table("slipway").put("pk", "sk", {"a": "b"})
    stubbed.add_client_error("update_item", "TransactionConflictException")
    stubbed.add_response("update_item", {"Attributes": {"a": {"S": "b"}}})
    assert Table("slipway").update("pk", "sk", "SET #a = :a", {":a": "b"}) == {"a": "b"}
    stubbed.assert_no_pending_responses()


def test_a_write_that_always_meets_one_is_worth_another_call(stubbed: Stubber) -> None:
    for _ in range(3):
        cancel(stubbed, CONFLICT)
    with pytest.raises(TemporarilyUnavailable):
        Table("slipway").put("pk", "sk", {"a": "b"})


def test_a_condition_that_does_not_hold_is_no_conflict(stubbed: Stubber) -> None:
    cancel(stubbed, [{"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed"}])
    with pytest.raises(ConditionFailed):
        Table("slipway").put("pk", "sk", {"a": "b"})
