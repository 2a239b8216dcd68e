"""DynamoDB of the twin: requests don't mix, transactions change all or nothing."""

import threading
import time
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.parsing.executors import UpdateExpressionExecutor

from tests.contract.needs import Meeting, Sandbox, needs
from twin.aws import server
from twin.aws.events.expiry import Expiry
from twin.corrections.patching import Patches

A_MOMENT_SECONDS = 0.5
NEVER_BY_ITSELF_SECONDS = 3600


def _table(sandbox: Sandbox) -> Any:
    dynamodb = sandbox.machines.client("dynamodb")
    dynamodb.create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def _key(name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": name}, "sk": {"S": "META"}}


def _put(name: str, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "t", "Item": _key(name), **more}}


@needs("one_request_at_a_time")
def test_two_additions_at_once_both_count(sandbox: Sandbox) -> None:
    dynamodb, meeting, patches = _table(sandbox), Meeting(), Patches()
    dynamodb.put_item(TableName="t", Item={**_key("counter"), "n": {"N": "0"}})
    execute = UpdateExpressionExecutor.execute

    def meet_and_execute(executor: Any, *arguments: Any, **named: Any) -> None:
        meeting.wait()
        execute(executor, *arguments, **named)

    def add() -> None:
        dynamodb.update_item(TableName="t", Key=_key("counter"), UpdateExpression="SET n = n + :one", ExpressionAttributeValues={":one": {"N": "1"}})

    patches.replace(UpdateExpressionExecutor, "execute", meet_and_execute)
    try:
        threads = [threading.Thread(target=add) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        patches.undo()
    assert dynamodb.get_item(TableName="t", Key=_key("counter"))["Item"]["n"] == {"N": "2"}


@needs("a_transaction_copies_only_its_items")
def test_a_cancelled_transaction_leaves_the_table_itself_in_place(sandbox: Sandbox) -> None:
    dynamodb = _table(sandbox)
    dynamodb.put_item(TableName="t", Item=_key("there"))
    table = dynamodb_backends[server.ACCOUNT][server.REGION].tables["t"]
    with pytest.raises(ClientError):
        dynamodb.transact_write_items(TransactItems=[_put("new"), _put("there", ConditionExpression="attribute_not_exists(pk)")])
    assert dynamodb_backends[server.ACCOUNT][server.REGION].tables["t"] is table
    assert [item["pk"]["S"] for item in dynamodb.scan(TableName="t")["Items"]] == ["there"]


@needs("a_transaction_copies_only_its_items")
def test_a_cancelled_transaction_puts_back_what_it_changed_and_deleted(sandbox: Sandbox) -> None:
    dynamodb = _table(sandbox)
    for name in ("changed", "deleted", "there"):
        dynamodb.put_item(TableName="t", Item={**_key(name), "n": {"N": "1"}})
    table = dynamodb_backends[server.ACCOUNT][server.REGION].tables["t"]
    change = {"TableName": "t", "Key": _key("changed"), "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Update": change},
                {"Delete": {"TableName": "t", "Key": _key("deleted")}},
                _put("new"),
                _put("there", ConditionExpression="attribute_not_exists(pk)"),
            ]
        )
    assert [reason["Code"] for reason in refused.value.response["CancellationReasons"]] == ["None", "None", "None", "ConditionalCheckFailed"]
    assert {item["pk"]["S"]: item["n"]["N"] for item in dynamodb.scan(TableName="t")["Items"]} == {"changed": "1", "deleted": "1", "there": "1"}
    assert dynamodb_backends[server.ACCOUNT][server.REGION].tables["t"] is table


@needs("one_request_at_a_time")
def test_nothing_expires_amid_a_transaction(sandbox: Sandbox) -> None:
    dynamodb, patches, execute = _table(sandbox), Patches(), UpdateExpressionExecutor.execute
    dynamodb.update_time_to_live(TableName="t", TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True})
    dynamodb.put_item(TableName="t", Item={**_key("expired"), "expires_at": {"N": str(int(time.time()) - 60)}})
    with closing(Expiry(interval_seconds=NEVER_BY_ITSELF_SECONDS)) as expiry:
        sweeping = threading.Thread(target=expiry.sweep)

        def execute_while_sweeping(executor: Any, *arguments: Any, **named: Any) -> None:
            sweeping.start()
            sweeping.join(A_MOMENT_SECONDS)
            execute(executor, *arguments, **named)

        change = {"TableName": "t", "Key": _key("expired"), "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
        lacking = {"TableName": "t", "Key": _key("nobody"), "ConditionExpression": "attribute_exists(pk)"}
        patches.replace(UpdateExpressionExecutor, "execute", execute_while_sweeping)
        try:
            with pytest.raises(ClientError, match="TransactionCanceledException"):
                dynamodb.transact_write_items(TransactItems=[{"Update": change}, {"ConditionCheck": lacking}])
        finally:
            patches.undo()
            sweeping.join()
    assert dynamodb.scan(TableName="t")["Items"] == [], "the cancelled transaction doesn't bring it back"
