"""Webhook deliveries: stored before anything is started, so that a redelivery can go on where a crash left off."""

from datetime import datetime, timedelta

from slipway.adapters.dynamodb.table import ConditionFailed, Table

KEPT = timedelta(days=7)
"""GitHub lets people redeliver for three days. https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""


class DynamoDeliveries:
    def __init__(self, table: Table) -> None:
        self._table = table

    def receive(self, delivery: str, run: str, now: datetime) -> bool:
        attributes = {"state": "received", "run_id": run, "received_at": now.isoformat(), "expires_at": int((now + KEPT).timestamp())}
        try:
            self._table.put(f"DELIVERY#{delivery}", "META", attributes, condition="attribute_not_exists(pk)")
        except ConditionFailed:
            item = self._table.get(f"DELIVERY#{delivery}", "META") or {}
            return bool(item.get("state") == "started")
        return False

    def started(self, delivery: str) -> None:
        self._table.update(f"DELIVERY#{delivery}", "META", "SET #state = :started", {":started": "started"})
