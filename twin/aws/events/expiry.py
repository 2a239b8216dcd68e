"""DynamoDB's time to live: items whose time has passed are deleted in the background.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html

AWS does it "within a few days", so whoever reads an item mustn't rely on it. What is deleted so soon here is found out by
the clock of this machine. Started by `twin.aws.stack`.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from twin.aws import server
from twin.corrections.dynamodb.atomicity import REQUEST

_INTERVAL_SECONDS = 60.0
_TOO_OLD = timedelta(days=5 * 365)


class Expiry:
    """Deletes expired items from one thread, every `interval_seconds`, until `close`."""

    def __init__(self, *, interval_seconds: float = _INTERVAL_SECONDS, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expiry", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Delete nothing any more."""
        self._closed.set()
        self._thread.join()

    def sweep(self) -> None:
        """Delete what has expired by now from every table with a time to live, as one request: never amid a transaction."""
        now = self._clock()
        with REQUEST:
            for table in dynamodb_backends[server.ACCOUNT][server.REGION].tables.values():
                if table.ttl["TimeToLiveStatus"] == "ENABLED":
                    _sweep_table(table, now)

    def _run(self) -> None:
        while not self._closed.wait(self._interval_seconds):
            self.sweep()


def _sweep_table(table: Any, now: datetime) -> None:
    for item in [item for item in table.all_items() if _is_expired(item.attrs.get(table.ttl["AttributeName"]), now)]:
        table.delete_item(item.hash_key, item.range_key)
        if table.stream_shard is not None:
            table.stream_shard.items[-1].record["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def _is_expired(attribute: Any, now: datetime) -> bool:
    """Whether it's a Number of seconds since 1970 that has passed, five years ago at most.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
    """
    return attribute is not None and attribute.is_number() and (now - _TOO_OLD).timestamp() <= Decimal(attribute.value) < now.timestamp()
