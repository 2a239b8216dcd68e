"""The fenced lease of a service in an environment, and the queue of those who wait for it with a task token."""

import contextlib
from collections.abc import Sequence
from datetime import datetime

from slipway.adapters.dynamodb.table import ConditionFailed, Item, Table
from slipway.domain.lease import Lease

_FIRST, _IN_TURN = "0", "1"
"""Ranks in the queue's sort keys: rollbacks stand before everybody else."""


class DynamoLeases:
    def __init__(self, table: Table) -> None:
        self._table = table

    def acquire(self, service: str, environment: str, deployment: str, token: str, now: datetime, *, first: bool = False) -> tuple[Lease, str] | None:
        """First into the queue, then to the front of it if the lease is free: nobody is overtaken and nobody is forgotten."""
        pk = f"ENV#{service}#{environment}"
        lease = self.read(service, environment)
        if lease.owner == deployment:
            self._table.update(pk, "LEASE", "SET #task_token = :token", {":token": token, ":owner": deployment}, condition="#owner = :owner")
            return lease, token
        mine = self._entry(pk, deployment)
        place = mine["sk"] if mine else f"QUEUE#{_FIRST if first else _IN_TURN}#{now.isoformat()}#{deployment}"
        self._table.put(pk, place, {"deployment": deployment, "first": first, "task_token": token})
        return self._hand_on(pk)

    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        pk = f"ENV#{service}#{environment}"
        if entry := self._entry(pk, deployment):
            self._table.delete(pk, entry["sk"])
        with contextlib.suppress(ConditionFailed):  # it never had the lease, or has given it back already
            self._table.update(pk, "LEASE", "REMOVE #owner, #task_token", {":owner": deployment}, condition="#owner = :owner")
        return self._hand_on(pk)

    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        pk = f"ENV#{service}#{environment}"
        with contextlib.suppress(ConditionFailed):  # another hold has taken its place
            self._table.update(pk, "LEASE", "REMOVE #hold", {":hold": hold}, condition="#hold = :hold")
        return self._hand_on(pk)

    def answered(self, service: str, environment: str, epoch: int) -> None:
        with contextlib.suppress(ConditionFailed):  # it has a newer owner already
            self._table.update(f"ENV#{service}#{environment}", "LEASE", "REMOVE #task_token", {":epoch": epoch}, condition="#epoch = :epoch")

    def read(self, service: str, environment: str) -> Lease:
        return _lease(self._table.get(f"ENV#{service}#{environment}", "LEASE") or {})

    def waiting(self, service: str, environment: str) -> Sequence[str]:
        return [item["deployment"] for item in self._table.query(f"ENV#{service}#{environment}", "QUEUE#")]

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
            head = next(self._table.query(pk, "QUEUE#"), None)
            if head is None or (lease.hold and not head["first"]):
                return None
            granted = lease.granted_to(head["deployment"])
            values = {":owner": granted.owner, ":epoch": granted.epoch, ":before": lease.epoch, ":token": head["task_token"]}
            unchanged = "attribute_not_exists(#owner) AND (attribute_not_exists(#epoch) OR #epoch = :before)"
            try:
                self._table.transact(
                    [
                        self._table.updating(pk, "LEASE", "SET #owner = :owner, #epoch = :epoch, #task_token = :token", values, condition=unchanged),
                        self._table.deleting(pk, head["sk"], condition="#task_token = :token", values={":token": head["task_token"]}),
                    ]
                )
            except ConditionFailed:
                continue  # somebody else handed it on in the same moment: look again
            return granted, head["task_token"]


def _lease(item: Item) -> Lease:
    return Lease(item.get("owner", ""), item.get("epoch", 0), item.get("hold", ""))
