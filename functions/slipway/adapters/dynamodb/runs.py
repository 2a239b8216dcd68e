"""Runs: one item each, opened once and closed at the end."""

import contextlib
from collections.abc import Sequence
from datetime import datetime

from slipway.adapters.dynamodb.table import UNFINISHED, ConditionFailed, Table
from slipway.domain.run import Run, RunState


class DynamoRuns:
    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, run: Run, now: datetime) -> None:
        attributes = {"service": run.service, "ref": run.ref, "commit": run.commit, "state": run.state, "reason": "", "opened_at": now.isoformat()}
        opening = self._table.putting(f"RUN#{run.identity}", "META", attributes, condition="attribute_not_exists(pk)")
        with contextlib.suppress(ConditionFailed):  # opened by an earlier attempt of the same state
            self._table.transact([opening, self._table.putting(UNFINISHED, f"RUN#{run.identity}", {"run_id": run.identity})])

    def close(self, run: Run, now: datetime) -> None:
        values = {":state": run.state, ":reason": run.reason[:2000], ":now": now.isoformat()}
        closing = self._table.updating(f"RUN#{run.identity}", "META", "SET #state = :state, #reason = :reason, #closed_at = :now", values)
        self._table.transact([closing, self._table.deleting(UNFINISHED, f"RUN#{run.identity}")])

    def unfinished(self) -> Sequence[str]:
        return [item["run_id"] for item in self._table.query(UNFINISHED, "RUN#")]

    def get(self, identity: str) -> Run | None:
        item = self._table.get(f"RUN#{identity}", "META")
        return Run(identity, item["service"], item["ref"], item["commit"], RunState(item["state"]), item["reason"]) if item else None
