"""The table's few operations in plain Python values. The rooms beside this one know the keys."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated
from slipway.errors import TemporarilyUnavailable

Item = dict[str, Any]
UNFINISHED = "UNFINISHED"
"""The partition that lists what isn't at its end: `RUN#id`, `DEPLOYMENT#id`, `BUILD#service#commit`."""
_CONFLICT_PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""At most, each after a write that met a transaction."""


class ConditionFailed(Exception):
    """A write's condition didn't hold; nothing was written. Each room says what that means."""


class Table:
    """Values are str, int, bool, None, lists and dicts of them. Reads are consistent."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = client("dynamodb")

    @translated()
    def get(self, pk: str, sk: str) -> Item | None:
        item = self._client.get_item(TableName=self._name, Key=_packed({"pk": pk, "sk": sk}), ConsistentRead=True).get("Item")
        return _unpacked(item) if item else None

    @translated()
    def query(self, pk: str, prefix: str) -> Iterator[Item]:
        """The items of one partition whose sort key starts with the prefix, in its order."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=_packed({":pk": pk, ":prefix": prefix}),
            ConsistentRead=True,
        )
        return iter([_unpacked(item) for page in pages for item in page["Items"]])

    @translated()
    def newest(self, pk: str, prefix: str, limit: int) -> list[Item]:
        """The last items of one partition whose sort key starts with the prefix, in the opposite of its order."""
        found = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=_packed({":pk": pk, ":prefix": prefix}),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_unpacked(item) for item in found["Items"]]

    def put(self, pk: str, sk: str, attributes: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        """ConditionFailed when the condition doesn't hold."""
        self.transact([self.putting(pk, sk, attributes, condition, values)])

    def update(self, pk: str, sk: str, expression: str, values: Mapping[str, Any] | None = None, condition: str = "") -> Item:
        """The item afterwards. ConditionFailed when the condition doesn't hold. Names of attributes are written `#name`."""
        arguments = self.updating(pk, sk, expression, values, condition)["Update"]
        return _unpacked(_written(lambda: self._client.update_item(**arguments, ReturnValues="ALL_NEW"))["Attributes"])

    @translated()
    def delete(self, pk: str, sk: str) -> None:
        self._client.delete_item(TableName=self._name, Key=_packed({"pk": pk, "sk": sk}))

    def transact(self, operations: Sequence[Mapping[str, Any]]) -> None:
        """All or nothing. ConditionFailed when one of the conditions doesn't hold."""
        _written(lambda: self._client.transact_write_items(TransactItems=list(operations)))

    def putting(self, pk: str, sk: str, attributes: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {"Put": {"TableName": self._name, "Item": _packed({"pk": pk, "sk": sk, **attributes}), **_expressions("", condition, values)}}

    def updating(self, pk: str, sk: str, expression: str, values: Mapping[str, Any] | None = None, condition: str = "") -> dict[str, Any]:
        return {"Update": {"TableName": self._name, "Key": _packed({"pk": pk, "sk": sk}), **_expressions(expression, condition, values)}}

    def deleting(self, pk: str, sk: str, condition: str = "", values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {"Delete": {"TableName": self._name, "Key": _packed({"pk": pk, "sk": sk}), **_expressions("", condition, values)}}


def _expressions(update: str, condition: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """`#name` in an expression stands for the attribute of that name, so that no reserved word is in the way."""
    words = f"{update} {condition}".replace("(", " ").replace(")", " ").replace(",", " ").replace("=", " ").split()
    names = {word: word[1:] for word in words if word.startswith("#")}
    return {
        **({"UpdateExpression": update} if update else {}),
        **({"ConditionExpression": condition} if condition else {}),
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": _packed(values)} if values else {}),
    }


def _written(write: Callable[[], Any]) -> Any:
    """The answer to a write. A write that meets a transaction on the same item is tried again; TemporarilyUnavailable when that doesn't help.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    """
    for pause_seconds in _CONFLICT_PAUSES_SECONDS:
        try:
            with translated():
                return write()
        except ClientError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if error_code(error) == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons:
                raise ConditionFailed from error
            if error_code(error) != "TransactionConflictException" and "TransactionConflict" not in reasons:
                raise
            time.sleep(random.SystemRandom().uniform(0, pause_seconds))
    raise TemporarilyUnavailable("Others write the same items of the table all the time.")


def _packed(item: Mapping[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(_storable(value)) for name, value in item.items()}


def _storable(value: Any) -> Any:
    """DynamoDB knows neither float nor tuple nor enum."""
    match value:
        case bool() | None | int():
            return value
        case str():
            return str(value)
        case float():
            return Decimal(str(value))
        case Mapping():
            return {str(key): _storable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_storable(inner) for inner in value]
        case _:
            return str(value)


def _unpacked(item: Mapping[str, Any]) -> Item:
    deserialize = TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value
