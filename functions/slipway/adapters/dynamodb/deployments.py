"""Deployments: one item each, one under the run that caused it and one under the environment."""

import contextlib
from collections.abc import Sequence
from datetime import datetime

from slipway.adapters.dynamodb.table import UNFINISHED, ConditionFailed, Table
from slipway.domain.deployment import LONG_AGO, Deployment, Kind, Outcome, RestorePoint
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
            "kind": deployment.kind,
            "version": deployment.version,
            "pusher": deployment.pusher,
            "cause": deployment.cause,
            "asked_at": deployment.asked_at.isoformat(),
            "opened_at": now.isoformat(),
        }
        listed = {"deployment": deployment.identity}
        environment = f"ENV#{deployment.service}#{deployment.environment}"
        try:
            self._table.transact(
                [
                    self._table.putting(pk, "META", attributes, condition="attribute_not_exists(pk)"),
                    self._table.putting(f"RUN#{deployment.run}", f"DEPLOYMENT#{now.isoformat()}#{deployment.environment}", listed),
                    self._table.putting(environment, f"DEPLOYMENT#{now.isoformat()}#{deployment.identity}", listed),
                    self._table.putting(UNFINISHED, pk, listed),
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
            kind=Kind(item.get("kind", Kind.RELEASE)),
            version=item.get("version", ""),
            pusher=item.get("pusher", ""),
            cause=item.get("cause", ""),
            asked_at=datetime.fromisoformat(item["asked_at"]) if "asked_at" in item else LONG_AGO,
            revision=item.get("revision", 0),
            outcome=item.get("outcome", ""),
            reason=item.get("reason", ""),
        )

    def of_run(self, run: str) -> Sequence[Deployment]:
        return [self.get(item["deployment"]) for item in self._table.query(f"RUN#{run}", "DEPLOYMENT#")]

    def latest(self, service: str, environment: str, limit: int) -> Sequence[Deployment]:
        newest = self._table.newest(f"ENV#{service}#{environment}", "DEPLOYMENT#", limit)
        return [self.get(item["deployment"]) for item in newest]

    def remember_revision(self, identity: str, revision: int) -> None:
        self._table.update(f"DEPLOYMENT#{identity}", "META", "SET #revision = :revision", {":revision": revision})

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> Deployment:
        pk, values = f"DEPLOYMENT#{identity}", {":outcome": outcome, ":reason": reason[:2000], ":now": now.isoformat()}
        change = "SET #outcome = :outcome, #reason = :reason, #closed_at = :now"
        closing = self._table.updating(pk, "META", change, values, condition="attribute_not_exists(#outcome)")
        with contextlib.suppress(ConditionFailed):  # it has ended before
            self._table.transact([closing, self._table.deleting(UNFINISHED, pk)])
        return self.get(identity)

    def unfinished(self) -> Sequence[str]:
        return [item["deployment"] for item in self._table.query(UNFINISHED, "DEPLOYMENT#")]

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        expression = "SET #restore_point = if_not_exists(#restore_point, :point)"
        item = self._table.update(f"DEPLOYMENT#{identity}", "META", expression, {":point": {"revision": point.revision, "commit": point.commit}})
        return RestorePoint(**item["restore_point"])

    def restore_point(self, identity: str) -> RestorePoint | None:
        item = self._table.get(f"DEPLOYMENT#{identity}", "META") or {}
        return RestorePoint(**item["restore_point"]) if "restore_point" in item else None
