"""The fenced lease of a service in an environment, and the queue of those who wait for it with a task token."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slipway.adapters.dynamodb.table import ConditionFailed, Item, Table
from slipway.domain.lease import Lease, Superseded, age
from slipway.errors import LeaseLost

_FIRST, _IN_TURN = "0", "1"
"""Ranks in the queue's sort keys: rollbacks stand before everybody else."""


class DynamoLeases:
    def __init__(self, table: Table) -> None:
        self._table = table

    def acquire(
        self, service: str, environment: str, deployment: str, token: str, now: datetime, *, asked_at: datetime, first: bool = False
    ) -> tuple[Lease, str] | None:
        """First into the queue, then to the front of it if the lease is free: nobody is overtaken and nobody is forgotten."""
        pk, mine = _pk(service, environment), age(asked_at, deployment)
        if not first:  # before it queues: from then on others may hand it the lease
            with contextlib.suppress(ConditionFailed):  # a newer one came before: this one is superseded
                self._table.update(pk, "LEASE", "SET #newest = :mine", {":mine": mine}, condition="attribute_not_exists(#newest) OR #newest < :mine")
        while True:
            try:
                if self.read(service, environment).owner == deployment:
                    change = "SET #task_token = :token"
                    lease = self._table.update(pk, "LEASE", change, {":token": token, ":owner": deployment}, condition="#owner = :owner")
                    return _lease(lease), token
                if place := self._entry(pk, deployment):
                    self._table.update(pk, place["sk"], "SET #task_token = :token", {":token": token}, condition="attribute_exists(pk)")
                else:
                    place = {"deployment": deployment, "first": first, "task_token": token, "age": mine}
                    self._table.put(pk, f"QUEUE#{_FIRST if first else _IN_TURN}#{now.isoformat()}#{deployment}", place)
                break
            except ConditionFailed:
                continue  # the lease has changed hands in the same moment: look again
        return self._hand_on(pk)

    def superseded(self, service: str, environment: str) -> Sequence[Superseded]:
        pk = _pk(service, environment)
        lease = self.read(service, environment)
        waiters = self._table.query(pk, "QUEUE#")
        return [Superseded(item["deployment"], lease.newest_push, item["task_token"], item["sk"]) for item in waiters if _is_superseded(item, lease.newest)]

    def dismiss(self, service: str, environment: str, waiter: Superseded) -> None:
        leaving = self._table.deleting(_pk(service, environment), waiter.place, condition="#task_token = :token", values={":token": waiter.token})
        with contextlib.suppress(ConditionFailed):  # it has come again, or somebody else has dismissed it
            self._table.transact([leaving])

    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        pk = _pk(service, environment)
        if entry := self._entry(pk, deployment):
            self._table.delete(pk, entry["sk"])
        with contextlib.suppress(ConditionFailed):  # it never had the lease, or has given it back already
            self._table.update(pk, "LEASE", "REMOVE #owner, #task_token, #stop, #in_flight_until", {":owner": deployment}, condition="#owner = :owner")
        return self._hand_on(pk)

    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        pk = _pk(service, environment)
        with contextlib.suppress(ConditionFailed):  # another hold has taken its place
            self._table.update(pk, "LEASE", "REMOVE #hold", {":hold": hold}, condition="#hold = :hold")
        return self._hand_on(pk)

    def answered(self, service: str, environment: str, epoch: int) -> None:
        self._change_while(service, environment, epoch, "REMOVE #task_token")

    def hand_on(self, service: str, environment: str) -> tuple[Lease, str] | None:
        return self._hand_on(_pk(service, environment))

    def ask_to_stop(self, service: str, environment: str, epoch: int, reason: str) -> None:
        change = "SET #stop = if_not_exists(#stop, :reason)"
        self._change_while(service, environment, epoch, change, {":reason": reason}, also="attribute_exists(#owner)")

    def put_on_hold(self, service: str, environment: str, deployment: str, reason: str) -> None:
        values = {":owner": deployment, ":reason": reason}
        with contextlib.suppress(ConditionFailed):  # it is somebody else's already
            self._table.update(_pk(service, environment), "LEASE", "SET #hold = :reason", values, condition="#owner = :owner")

    def begin(self, service: str, environment: str, deployment: str, epoch: int, until: datetime) -> None:
        values = {":owner": deployment, ":epoch": epoch, ":until": until.isoformat()}
        held = "#owner = :owner AND #epoch = :epoch AND attribute_not_exists(#stop)"
        try:
            self._table.update(
                _pk(service, environment), "LEASE", "SET #in_flight_until = :until, #changing = :owner REMOVE #task_token", values, condition=held
            )
        except ConditionFailed as error:
            raise LeaseLost(f"{deployment} may not change {environment} at epoch {epoch} any more.") from error

    def landed(self, service: str, environment: str, epoch: int) -> None:
        self._change_while(service, environment, epoch, "REMOVE #in_flight_until")

    def read(self, service: str, environment: str) -> Lease:
        return _lease(self._table.get(_pk(service, environment), "LEASE") or {})

    def waiting(self, service: str, environment: str) -> Sequence[str]:
        newest = self.read(service, environment).newest
        return [item["deployment"] for item in self._table.query(_pk(service, environment), "QUEUE#") if not _is_superseded(item, newest)]

    def _change_while(self, service: str, environment: str, epoch: int, change: str, values: dict[str, Any] | None = None, also: str = "") -> None:
        """Nothing, when the lease has a newer owner already."""
        condition = f"#epoch = :epoch{f' AND {also}' if also else ''}"
        with contextlib.suppress(ConditionFailed):
            self._table.update(_pk(service, environment), "LEASE", change, {":epoch": epoch, **(values or {})}, condition=condition)

    def _entry(self, pk: str, deployment: str) -> Item | None:
        return next((item for item in self._table.query(pk, "QUEUE#") if item["deployment"] == deployment), None)

    def _hand_on(self, pk: str) -> tuple[Lease, str] | None:
        """Give a free lease to the head of the queue, in one transaction; None when it isn't free, is held or nobody waits.

        The token of an owner who wasn't answered yet stays beside the lease, and is given again: whoever was to answer it may have been killed.
        A hold begins only while somebody has the lease, and every owner raises the epoch: an unchanged epoch means an unchanged hold, or none any more.
        """
        while True:
            item = self._table.get(pk, "LEASE") or {}
            lease = _lease(item)
            if lease.owner:
                return (lease, item["task_token"]) if "task_token" in item else None
            head = next((found for found in self._table.query(pk, "QUEUE#") if not _is_superseded(found, lease.newest)), None)
            if head is None or (lease.hold and not head["first"]):
                return None
            granted = lease.granted_to(head["deployment"])
            grant = "SET #owner = :owner, #epoch = :epoch, #task_token = :token REMOVE #stop, #in_flight_until"
            values = {":owner": granted.owner, ":epoch": granted.epoch, ":before": lease.epoch, ":token": head["task_token"]}
            unchanged = "attribute_not_exists(#owner) AND (attribute_not_exists(#epoch) OR #epoch = :before)"
            if lease.newest:
                values, unchanged = {**values, ":newest": lease.newest}, f"{unchanged} AND #newest = :newest"
            else:
                unchanged = f"{unchanged} AND attribute_not_exists(#newest)"
            try:
                self._table.transact(
                    [
                        self._table.updating(pk, "LEASE", grant, values, condition=unchanged),
                        self._table.deleting(pk, head["sk"], condition="#task_token = :token", values={":token": head["task_token"]}),
                    ]
                )
            except ConditionFailed:
                continue  # somebody else handed it on, or a newer one came, in the same moment: look again
            return granted, head["task_token"]


def _is_superseded(waiter: Item, newest: str) -> bool:
    """A push that isn't the newest that ever came is never handed the lease; it stays in the queue until it was told."""
    return not waiter["first"] and waiter.get("age", "") < newest


def _pk(service: str, environment: str) -> str:
    return f"ENV#{service}#{environment}"


def _lease(item: Item) -> Lease:
    until = item.get("in_flight_until")
    return Lease(
        owner=item.get("owner", ""),
        epoch=item.get("epoch", 0),
        hold=item.get("hold", ""),
        stop=item.get("stop", ""),
        in_flight_until=datetime.fromisoformat(until) if until else None,
        changing=item.get("changing", ""),
        newest=item.get("newest", ""),
    )
