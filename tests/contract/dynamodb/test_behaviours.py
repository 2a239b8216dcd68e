"""What Slipway's table relies on, each as DynamoDB's documentation has it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from twin.aws.interpreter import interpreter

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
CONDITIONS = pytest.mark.behaviour(f"{GUIDE}/Expressions.ConditionExpressions.html")
TRANSACTIONS = pytest.mark.behaviour(f"{GUIDE}/transaction-apis.html")
LIMITS = pytest.mark.behaviour(f"{GUIDE}/Constraints.html")
QUERIES = pytest.mark.behaviour(f"{GUIDE}/Query.html")
TABLE = "things"


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with interpreter({}, pace=0.01) as machines:
        client = machines.client("dynamodb")
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        client.create_table(TableName=TABLE, KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST")
        yield client


def key(pk: str, sk: str = "META") -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put(dynamodb: Any, pk: str, sk: str = "META", **attributes: dict[str, Any]) -> None:
    dynamodb.put_item(TableName=TABLE, Item={**key(pk, sk), **attributes})


def number(dynamodb: Any, pk: str) -> int:
    return int(dynamodb.get_item(TableName=TABLE, Key=key(pk), ConsistentRead=True)["Item"]["n"]["N"])


@CONDITIONS
def test_of_twenty_who_take_a_name_one_gets_it(dynamodb: Any) -> None:
    def take(who: int) -> bool:
        try:
            dynamodb.put_item(TableName=TABLE, Item={**key("name"), "who": {"N": str(who)}}, ConditionExpression="attribute_not_exists(pk)")
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(take, range(20))) == 1


@CONDITIONS
def test_a_refused_write_can_tell_what_was_there(dynamodb: Any) -> None:
    put(dynamodb, "told", n={"N": "7"})
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(TableName=TABLE, Item=key("told"), ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response["Item"]["n"] == {"N": "7"}


@CONDITIONS
def test_a_condition_on_an_attribute_that_is_not_there_does_not_hold(dynamodb: Any) -> None:
    put(dynamodb, "bare")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.update_item(
            TableName=TABLE,
            Key=key("bare"),
            UpdateExpression="SET n = :one",
            ConditionExpression="n < :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


@TRANSACTIONS
def test_transactions_of_twenty_threads_change_all_or_nothing(dynamodb: Any) -> None:
    put(dynamodb, "left", n={"N": "100"})
    put(dynamodb, "right", n={"N": "0"})

    def move(_: int) -> int:
        change = {"TableName": TABLE, "UpdateExpression": "SET n = n + :by"}
        items = [
            {
                "Update": {
                    **change,
                    "Key": key("left"),
                    "ExpressionAttributeValues": {":by": {"N": "-7"}, ":enough": {"N": "7"}},
                    "ConditionExpression": "n >= :enough",
                }
            },
            {"Update": {**change, "Key": key("right"), "ExpressionAttributeValues": {":by": {"N": "7"}}}},
        ]
        try:
            dynamodb.transact_write_items(TransactItems=items)
        except dynamodb.exceptions.TransactionCanceledException:
            return 0
        return 1

    with ThreadPoolExecutor(20) as threads:
        moved = sum(threads.map(move, range(40)))
    assert (moved, number(dynamodb, "left"), number(dynamodb, "right")) == (14, 2, 98)


@TRANSACTIONS
def test_a_cancelled_transaction_says_which_item_was_why(dynamodb: Any) -> None:
    put(dynamodb, "there")
    new = {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(TransactItems=[{"Put": {**new, "Item": key("not there")}}, {"Put": {**new, "Item": key("there")}}])
    assert [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in dynamodb.get_item(TableName=TABLE, Key=key("not there"))


@LIMITS
def test_an_item_has_400_kb_at_most(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="Item size has exceeded the maximum allowed size"):
        put(dynamodb, "large", text={"S": "x" * 410_000})


@LIMITS
def test_a_key_is_never_empty(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        put(dynamodb, "", n={"N": "1"})


@QUERIES
def test_a_query_comes_in_the_order_of_the_sort_key_and_in_pages_of_a_megabyte(dynamodb: Any) -> None:
    for sk in ("EVENT#3", "EVENT#1", "EVENT#2", "META"):
        put(dynamodb, "many", sk, text={"S": "x" * 390_000})
    wanted = {"TableName": TABLE, "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)", "ConsistentRead": True}
    values = {":pk": {"S": "many"}, ":sk": {"S": "EVENT#"}}
    first = dynamodb.query(**wanted, ExpressionAttributeValues=values)
    assert 0 < len(first["Items"]) < 3
    second = dynamodb.query(**wanted, ExpressionAttributeValues=values, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["sk"]["S"] for item in [*first["Items"], *second["Items"]]] == ["EVENT#1", "EVENT#2", "EVENT#3"]
    assert "LastEvaluatedKey" not in second
