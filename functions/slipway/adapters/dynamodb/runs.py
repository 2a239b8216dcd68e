"""Runs: one item each, opened once and closed at the end."""

from datetime import datetime

from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.domain.run import Run, RunState


class DynamoRuns:
    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, run: Run, now: datetime) -> None:
        attributes = {"service": run.service, "ref": run.ref, "commit": run.commit, "state": run.state, "reason": "", "opened_at": now.isoformat()}
        try:
            self._table.put(f"RUN#{run.identity}", "META", attributes, condition="attribute_not_exists(pk)")
        except ConditionFailed:
            return  # opened by an earlier attempt of the same state

    def close(self, run: Run, now: datetime) -> None:
        values = {":state": run.state, ":reason": run.reason[:2000], ":now": now.isoformat()}
        self._table.update(f"RUN#{run.identity}", "META", "SET #state = :state, #reason = :reason, #closed_at = :now", values)

    def get(self, identity: str) -> Run | None:
        item = self._table.get(f"RUN#{identity}", "META")
        return Run(identity, item["service"], item["ref"], item["commit"], RunState(item["state"]), item["reason"]) if item else None
