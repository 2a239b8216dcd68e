"""One change at a time, and transactions that change all or nothing."""

import copy
import threading
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.responses import DynamoHandler

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
REQUEST = threading.RLock()
"""Held while a request is served, and by whoever else changes tables."""


@correction(MOTO, seen="20 threads adding to a counter by 200 successful updates left 197; a transaction's failure undid what others wrote meanwhile")
def one_request_at_a_time(patches: Patches) -> None:
    """Reading, checking and writing of one request can't mix with another's, so conditional writes and transactions are atomic."""
    call = DynamoHandler.call_action

    def call_action(handler: Any) -> Any:
        with REQUEST:
            return call(handler)

    patches.replace(DynamoHandler, "call_action", call_action)


@correction(MOTO, seen="TransactWriteItems copies every table that it touches: 40 times slower than needed on 4,000 items")
def a_transaction_copies_only_its_items(patches: Patches) -> None:
    """The items of a transaction are kept aside instead of the whole table, and put back when it is cancelled; streams don't tell of it then."""
    write = models.DynamoDBBackend.transact_write_items

    def shared_table(value: Any, *memo: Any) -> Any:
        return value if isinstance(value, models.Table) else copy.deepcopy(value, *memo)

    def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        kept = [_kept(backend, operation) for item in transact_items for operation in item.items()]
        streams = [(shard, len(shard.items)) for shard in {table.stream_shard for table, _, _ in kept} if shard is not None]
        try:
            write(backend, transact_items)
        except Exception:
            for table, key, item in kept:
                _put_back(table, key, item)
            for shard, length in streams:
                del shard.items[length:]
            raise

    patches.replace(models, "copy", SimpleNamespace(copy=copy.copy, deepcopy=shared_table))
    patches.replace(models.DynamoDBBackend, "transact_write_items", transact_write_items)


def _kept(backend: Any, operation: tuple[str, dict[str, Any]]) -> tuple[Any, tuple[Any, Any], Any]:
    kind, request = operation
    table = backend.get_table(request["TableName"])
    attributes = request["Item"] if kind == "Put" else request["Key"]
    hash_key = models.DynamoType(attributes[table.hash_key_attr])
    range_key = models.DynamoType(attributes[table.range_key_attr]) if table.has_range_key else None
    return table, (hash_key, range_key), copy.deepcopy(table.get_item(hash_key, range_key))


def _put_back(table: Any, key: tuple[Any, Any], item: Any) -> None:
    hash_key, range_key = key
    if item is None:
        table.delete_item(hash_key, range_key)
    elif table.has_range_key:
        table.items[hash_key][range_key] = item
    else:
        table.items[hash_key] = item
