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

    def recorded_by(self, service: str, environment: str) -> str:
        return str((self._table.get(f"ENV#{service}#{environment}", "STATE") or {}).get("deployment", ""))

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        return [_healthy(item) for item in self._table.query(f"ENV#{service}#{environment}", "HEALTHY#")]

    def healthy_release(self, service: str, environment: str, commit: str) -> HealthyRelease | None:
        item = self._table.get(f"ENV#{service}#{environment}", f"HEALTHY#{commit}") if commit else None
        return _healthy(item) if item else None

    def record(
        self,
        service: str,
        environment: str,
        state: EnvironmentState,
        deployment: str,
        epoch: int,
        healthy: HealthyRelease | None = None,
        hold: str = "",
        *,
        settled: bool = True,
        replaced: HealthyRelease | None = None,
    ) -> None:
        pk = f"ENV#{service}#{environment}"
        values = {":owner": deployment, ":epoch": epoch, **({":hold": hold} if hold else {})}
        change = f"SET #epoch = :epoch{', #hold = :hold' if hold else ''}{' REMOVE #changing' if settled else ''}"
        operations = [
            self._table.updating(pk, "LEASE", change, values, condition="#owner = :owner AND #epoch = :epoch"),
            self._table.putting(pk, "STATE", {**asdict(state), "deployment": deployment}),
        ]
        for release in (healthy, replaced):
            if release is not None:
                operations.append(self._table.putting(pk, f"HEALTHY#{release.commit}", _item(release)))
        try:
            self._table.transact(operations)
        except ConditionFailed as error:
            raise LeaseLost(f"{deployment} no longer has the lease of {environment} at epoch {epoch}.") from error


def _item(release: HealthyRelease) -> Item:
    values = asdict(release)
    return values | {name: values[name].isoformat() for name in ("at", "since", "until") if values[name] is not None}


def _healthy(item: Item) -> HealthyRelease:
    at = datetime.fromisoformat(item["at"])
    since, until = (datetime.fromisoformat(item[name]) if item.get(name) else None for name in ("since", "until"))
    return HealthyRelease(item["commit"], item["digest"], tuple(item["versions"]), tuple(item["revisions"]), at, item.get("before", ""), since, until)
