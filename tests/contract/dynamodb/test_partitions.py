"""DynamoDB of the twin: a query is answered from its partition, as on AWS."""

from typing import Any

from moto.dynamodb.models import Table

from tests.contract.needs import Sandbox, needs
from twin.corrections.patching import Patches


@needs("a_query_reads_its_own_partition")
def test_a_query_looks_at_no_item_of_another_partition(sandbox: Sandbox) -> None:
    dynamodb, looked_at, patches, all_items = sandbox.machines.client("dynamodb"), list[Any](), Patches(), Table.all_items
    dynamodb.create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "other")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "others", "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
        BillingMode="PAY_PER_REQUEST",
    )
    for pk, sk in (("a", "2"), ("b", "1"), ("a", "1")):
        dynamodb.put_item(TableName="t", Item={"pk": {"S": pk}, "sk": {"S": sk}, "other": {"S": "x"}})

    def seen(table: Any) -> Any:
        items = all_items(table)
        looked_at.extend(items)
        return items

    def asked(key: str, value: str, **more: Any) -> list[str]:
        given = {":value": {"S": value}}
        found = dynamodb.query(TableName="t", KeyConditionExpression=f"{key} = :value", ExpressionAttributeValues=given, **more)
        return [item["sk"]["S"] for item in found["Items"]]

    patches.replace(Table, "all_items", seen)
    try:
        assert asked("pk", "a") == ["1", "2"]
        assert len(looked_at) == 2
        assert asked("pk", "nobody") == []
        assert len(asked("other", "x", IndexName="others")) == 3, "an index is asked as before"
    finally:
        patches.undo()
    assert asked("pk", "a", ScanIndexForward=False) == ["2", "1"]
