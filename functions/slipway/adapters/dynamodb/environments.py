"""What each environment runs and ran well. Written only together with a check of the lease."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from slipway.adapters.dynamodb.table import ConditionFailed, Item, Table
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.errors import LeaseLost


class DynamoEnvironments:
    def __init__(self, table: Table) -> None:
        self._table = table

    def state(self, service: str, environment: str) -> EnvironmentState:
        item = self._table.get(f"ENV#{service}#{environment}", "STATE") or {}
        return EnvironmentState(item.get("live", ""), item.get("last_good", ""), item.get("needs_attention", ""))

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        return [_healthy(item) for item in self._table.query(f"ENV#{service}#{environment}", "HEALTHY#")]

    def record(
        self, service: str, environment: str, state: EnvironmentState, deployment: str, epoch: int, healthy: HealthyRelease | None = None, hold: str = ""
    ) -> None:
        pk = f"ENV#{service}#{environment}"
        values = {":owner": deployment, ":epoch": epoch, **({":hold": hold} if hold else {})}
        change = "SET #epoch = :epoch, #hold = :hold" if hold else "SET #epoch = :epoch"
        operations = [
            self._table.updating(pk, "LEASE", change, values, condition="#owner = :owner AND #epoch = :epoch"),
            self._table.putting(pk, "STATE", {**asdict(state), "deployment": deployment}),
        ]
        if healthy is not None:
            operations.append(self._table.putting(pk, f"HEALTHY#{healthy.commit}", {**asdict(healthy), "at": healthy.at.isoformat()}))
        try:
            self._table.transact(operations)
        except ConditionFailed as error:
            raise LeaseLost(f"{deployment} no longer has the lease of {environment} at epoch {epoch}.") from error


def _healthy(item: Item) -> HealthyRelease:
    at = datetime.fromisoformat(item["at"])
    return HealthyRelease(item["commit"], item["digest"], tuple(item["versions"]), tuple(item["revisions"]), at, item.get("before", ""))
