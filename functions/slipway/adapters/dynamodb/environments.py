"""What each environment runs. Written only together with a check of the lease."""

from dataclasses import asdict

from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.domain.environment import EnvironmentState
from slipway.errors import LeaseLost


class DynamoEnvironments:
    def __init__(self, table: Table) -> None:
        self._table = table

    def state(self, service: str, environment: str) -> EnvironmentState:
        item = self._table.get(f"ENV#{service}#{environment}", "STATE") or {}
        return EnvironmentState(item.get("live", ""), item.get("last_good", ""), item.get("needs_attention", ""))

    def record(self, service: str, environment: str, state: EnvironmentState, deployment: str, epoch: int) -> None:
        pk = f"ENV#{service}#{environment}"
        values = {":owner": deployment, ":epoch": epoch}
        check = self._table.updating(pk, "LEASE", "SET #epoch = :epoch", values, condition="#owner = :owner AND #epoch = :epoch")
        try:
            self._table.transact([check, self._table.putting(pk, "STATE", {**asdict(state), "deployment": deployment})])
        except ConditionFailed as error:
            raise LeaseLost(f"{deployment} no longer has the lease of {environment} at epoch {epoch}.") from error
