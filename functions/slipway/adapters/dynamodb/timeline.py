"""Timelines: events numbered in the order in which they were written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slipway.adapters.dynamodb.table import Table
from slipway.ports import TimelineEvent

LONGEST_TEXT = 4000
"""Characters of a text on the timeline: items stay far under DynamoDB's 400 KB."""


class DynamoTimeline:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: Any) -> None:
        counter = self._table.update(subject, "EVENTS", "ADD #last :one", {":one": 1})
        capped = {name: value[-LONGEST_TEXT:] if isinstance(value, str) else value for name, value in evidence.items()}
        event = {"at": now.isoformat(), "kind": kind, "message": message[:LONGEST_TEXT], "evidence": capped}
        self._table.put(subject, f"EVENT#{counter['last']:05d}", event)

    def read(self, subject: str) -> Sequence[TimelineEvent]:
        return [
            TimelineEvent(subject, datetime.fromisoformat(item["at"]), item["kind"], item["message"], item["evidence"])
            for item in self._table.query(subject, "EVENT#")
        ]
