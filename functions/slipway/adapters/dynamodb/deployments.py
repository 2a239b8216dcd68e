"""Deployments: one item each, and one under the run that lists them."""

from collections.abc import Sequence
from datetime import datetime

from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.domain.deployment import Deployment, Outcome, RestorePoint
from slipway.errors import InvalidInput


class DynamoDeployments:
    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, deployment: Deployment, now: datetime) -> None:
        pk = f"DEPLOYMENT#{deployment.identity}"
        attributes = {
            "run_id": deployment.run,
            "service": deployment.service,
            "environment": deployment.environment,
            "commit": deployment.commit,
            "execution": deployment.execution,
            "opened_at": now.isoformat(),
        }
        listed = {"deployment": deployment.identity}
        try:
            self._table.transact(
                [
                    self._table.putting(pk, "META", attributes, condition="attribute_not_exists(pk)"),
                    self._table.putting(f"RUN#{deployment.run}", f"DEPLOYMENT#{now.isoformat()}#{deployment.environment}", listed),
                ]
            )
        except ConditionFailed:
            return  # opened by an earlier attempt of the same state

    def get(self, identity: str) -> Deployment:
        item = self._table.get(f"DEPLOYMENT#{identity}", "META")
        if item is None:
            raise InvalidInput(f"There is no deployment {identity}.")
        return Deployment(
            identity=identity,
            run=item["run_id"],
            service=item["service"],
            environment=item["environment"],
            commit=item["commit"],
            execution=item["execution"],
            outcome=item.get("outcome", ""),
            reason=item.get("reason", ""),
        )

    def of_run(self, run: str) -> Sequence[Deployment]:
        return [self.get(item["deployment"]) for item in self._table.query(f"RUN#{run}", "DEPLOYMENT#")]

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> None:
        values = {":outcome": outcome, ":reason": reason[:2000], ":now": now.isoformat()}
        self._table.update(f"DEPLOYMENT#{identity}", "META", "SET #outcome = :outcome, #reason = :reason, #closed_at = :now", values)

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        expression = "SET #restore_point = if_not_exists(#restore_point, :point)"
        item = self._table.update(f"DEPLOYMENT#{identity}", "META", expression, {":point": {"revision": point.revision, "commit": point.commit}})
        return RestorePoint(**item["restore_point"])

    def restore_point(self, identity: str) -> RestorePoint | None:
        item = self._table.get(f"DEPLOYMENT#{identity}", "META") or {}
        return RestorePoint(**item["restore_point"]) if "restore_point" in item else None
