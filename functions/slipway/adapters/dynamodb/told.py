"""What was told last, beside the run or deployment that it's about, and how often the code host was called lately."""

from datetime import datetime, timedelta
from typing import Any

from slipway.adapters.dynamodb.table import ConditionFailed, Item, Table
from slipway.domain.notice import Notice, Told

CALLS_PER_MINUTE = 40
CALLS_PER_HOUR = 250
"""GitHub lets an app create content 80 times a minute and 500 times an hour. Half of it in each minute and hour of the clock keeps that for every 60 minutes.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""
PAUSE = timedelta(minutes=2)
"""GitHub wants at least one minute after a secondary limit."""
_BUDGET = "BUDGET#code-host"


class DynamoTellings:
    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, key: str) -> Told:
        item = self._table.get(key, "TOLD")
        return _told(item) if item else Told()

    def remember(self, key: str, told: Told) -> bool:
        attributes = {
            "version": told.version + 1,
            "state": told.notice.state if told.notice else "",
            "description": told.notice.description if told.notice else "",
            "number": told.number,
            "votes": told.votes,
            "news": told.news,
            "run_id": told.run,
            "opened_at": told.opened_at.isoformat(),
        }
        unchanged: dict[str, Any] = (
            {"condition": "#version = :version", "values": {":version": told.version}} if told.version else {"condition": "attribute_not_exists(pk)"}
        )
        try:
            self._table.put(key, "TOLD", attributes, **unchanged)
        except ConditionFailed:
            return False
        return True


class DynamoCallBudget:
    def __init__(self, table: Table, per_minute: int = CALLS_PER_MINUTE, per_hour: int = CALLS_PER_HOUR) -> None:
        self._table = table
        self._per_minute = per_minute
        self._per_hour = per_hour

    def take(self, now: datetime) -> bool:
        paused = self._table.get(_BUDGET, "PAUSE")
        if paused is not None and now < datetime.fromisoformat(paused["until"]):
            return False
        spans = ((f"MINUTE#{now:%Y-%m-%dT%H:%M}", self._per_minute), (f"HOUR#{now:%Y-%m-%dT%H}", self._per_hour))
        try:
            self._table.transact([self._spending(span, most, now) for span, most in spans])
        except ConditionFailed:
            return False
        return True

    def pause(self, now: datetime) -> None:
        until = now + PAUSE
        self._table.put(_BUDGET, "PAUSE", {"until": until.isoformat(), "expires_at": int((until + timedelta(hours=1)).timestamp())})

    def _spending(self, span: str, most: int, now: datetime) -> dict[str, Any]:
        values = {":one": 1, ":most": most, ":expires": int((now + timedelta(hours=2)).timestamp())}
        left = "attribute_not_exists(#calls) OR #calls < :most"
        return self._table.updating(_BUDGET, span, "ADD #calls :one SET #expires_at = :expires", values, condition=left)


def _told(item: Item) -> Told:
    return Told(
        version=item["version"],
        notice=Notice(item["state"], item["description"]) if item["state"] else None,
        number=item["number"],
        votes=item["votes"],
        news=tuple(item["news"]),
        run=item["run_id"],
        opened_at=datetime.fromisoformat(item["opened_at"]),
    )
