"""Webhook deliveries: stored before anything is started, so that a redelivery can go on where a crash left off."""

from datetime import datetime, timedelta

from slipway.adapters.dynamodb.refs import is_newest, remembering
from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.ports import PushedRef, Receipt

KEPT = timedelta(days=7)
"""GitHub lets people redeliver for three days. https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""


class DynamoDeliveries:
    def __init__(self, table: Table) -> None:
        self._table = table

    def receive(self, delivery: str, run: str, pushed: PushedRef, now: datetime) -> Receipt:
        """One transaction. Only one that is refused needs reads, to tell why: a redelivery, or a push that isn't the newest any more."""
        attributes = {"state": "received", "run_id": run, "received_at": now.isoformat(), "expires_at": int((now + KEPT).timestamp())}
        try:
            stored = self._table.putting(f"DELIVERY#{delivery}", "META", attributes, condition="attribute_not_exists(pk)")
            self._table.transact([stored, remembering(self._table, pushed)])
        except ConditionFailed:
            item = self._table.get(f"DELIVERY#{delivery}", "META")
            if item is not None and item["state"] == "started":
                return Receipt.STARTED
            return Receipt.GO_ON if item is not None and is_newest(self._table, pushed) else Receipt.OVERTAKEN
        return Receipt.GO_ON

    def is_started(self, delivery: str) -> bool:
        item = self._table.get(f"DELIVERY#{delivery}", "META")
        return item is not None and item["state"] == "started"

    def started(self, delivery: str) -> None:
        self._table.update(f"DELIVERY#{delivery}", "META", "SET #state = :started", {":started": "started"})
