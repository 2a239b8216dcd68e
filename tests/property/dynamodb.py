"""The real adapters of the table on moto's DynamoDB: there, a call takes a turn for each single request to the table, not for each call of a port.

The requests go straight to moto's model: signing and parsing them would take ten times as long as all the rest. `tests/contract/ports` tests the same adapters
with all of boto3.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.models import DynamoDBBackend, DynamoType

from slipway.adapters.dynamodb import table as module
from slipway.adapters.dynamodb.approvals import DynamoApprovals
from slipway.adapters.dynamodb.environments import DynamoEnvironments
from slipway.adapters.dynamodb.leases import DynamoLeases
from slipway.adapters.dynamodb.table import Table
from tests.property.scheduling import Call, Stage
from tests.property.world import Memory
from twin.corrections.catalogue import corrected

NAME = "slipway"
_KEYS = {"pk": "HASH", "sk": "RANGE"}
_ONLY_COMPUTED = frozenset({"putting", "updating", "deleting"})


@contextmanager
def dynamodb() -> Iterator[None]:
    """Each Table made meanwhile is an empty one."""
    with patch.object(module, "client", lambda service: DirectClient()), corrected():
        yield


def empty_table() -> Memory:
    """Leases, environments and approvals in a new table."""
    table = Table(NAME)

    def memory(call: Call | None) -> Mapping[str, Any]:
        seen: Any = table if call is None else Stage(table, call, _unwatched, free=_ONLY_COMPUTED)
        return {"leases": DynamoLeases(seen), "environments": DynamoEnvironments(seen), "approvals": DynamoApprovals(seen)}

    return memory


class DirectClient:
    """As much of boto3's client as Table uses, on a table of its own."""

    def __init__(self) -> None:
        self._backend = DynamoDBBackend("us-east-1", "123456789012")
        schema = [{"AttributeName": key, "KeyType": role} for key, role in _KEYS.items()]
        attributes = [{"AttributeName": key, "AttributeType": "S"} for key in _KEYS]
        self._table = self._backend.create_table(NAME, schema, None, attributes, None, None, None, "PAY_PER_REQUEST", None, [], False, None)

    def get_item(self, **request: Any) -> Mapping[str, Any]:
        item = self._backend.get_item(request["TableName"], request["Key"])
        return {"Item": _attributes(item)} if item else {}

    def get_paginator(self, operation: str) -> "DirectClient":
        return self

    def paginate(self, **request: Any) -> Iterator[Mapping[str, Any]]:
        """The one query of Table: a partition's items whose sort key has a prefix."""
        values = request["ExpressionAttributeValues"]
        found, _, _ = self._table.query(DynamoType(values[":pk"]), "BEGINS_WITH", [DynamoType(values[":prefix"])], 1_000, None, True, None)
        yield {"Items": [_attributes(item) for item in found]}

    def update_item(self, **request: Any) -> Mapping[str, Any]:
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        key, change, condition = request["Key"], request["UpdateExpression"], request.get("ConditionExpression")
        item = _answered(lambda: self._backend.update_item(request["TableName"], key, change, names, values, condition_expression=condition))
        return {"Attributes": _attributes(item)}

    def delete_item(self, **request: Any) -> None:
        self._backend.delete_item(request["TableName"], request["Key"])

    def transact_write_items(self, **request: Any) -> None:
        _answered(lambda: self._backend.transact_write_items(request["TransactItems"]))


def _attributes(item: Any) -> Any:
    return item.to_json()["Attributes"]


def _answered(request: Callable[[], Any]) -> Any:
    """moto's errors as boto3 raises them."""
    try:
        return request()
    except DynamodbException as error:
        body = json.loads(error.description)
        response: Any = {"Error": {"Code": body["__type"].rpartition("#")[2], "Message": error.message}, **body}
        raise ClientError(response, "a request") from error


def _unwatched(method: str, arguments: tuple[Any, ...], result: Any) -> None:
    """The properties watch the ports, not the table."""
