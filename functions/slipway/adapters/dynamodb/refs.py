"""The last seen state of every branch and tag, so that a change which no event told of is noticed. Names of repositories ignore case, as GitHub's do."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.ports import KnownRef, PushedRef

_BASELINE = "BASELINE"
_PER_TRANSACTION = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

_AS_BEFORE = "#target = :target AND #at = :at"


class DynamoRefs:
    def __init__(self, table: Table) -> None:
        self._table = table

    def known(self, repository: str) -> Mapping[str, KnownRef] | None:
        """The mark is read first: a baseline that is being written isn't taken for a whole one."""
        if self._table.get(_partition(repository), _BASELINE) is None:
            return None
        items = self._table.query(_partition(repository), "refs/")
        return {item["sk"]: KnownRef(item["target"], item["at"], bool(item.get("unstarted"))) for item in items}

    def baseline(self, repository: str, refs: Mapping[str, str], at: int) -> None:
        """The mark that the repository is known comes last: what is cut short is done again."""
        partition = _partition(repository)
        puts = (self._table.putting(partition, ref, _attributes(KnownRef(target, at)), "attribute_not_exists(pk)") for ref, target in refs.items())
        while some := list(itertools.islice(puts, _PER_TRANSACTION)):
            for put in self._refused(some):
                list(self._refused([put]))
        self._table.put(partition, _BASELINE, {"at": at})

    def see(self, repository: str, ref: str, seen: KnownRef, before: KnownRef | None) -> bool:
        condition, values = (_AS_BEFORE, _values(before)) if before is not None else ("attribute_not_exists(pk)", None)
        try:
            self._table.put(_partition(repository), ref, _attributes(seen), condition, values)
        except ConditionFailed:
            return False
        return True

    def started(self, repository: str, ref: str, seen: KnownRef) -> None:
        try:
            self._table.update(_partition(repository), ref, "REMOVE #unstarted", _values(seen), condition=_AS_BEFORE)
        except ConditionFailed:
            return  # the webhook has seen a newer push, which starts a run of its own

    def forget(self, repository: str, ref: str, before: KnownRef) -> None:
        try:
            self._table.transact([self._table.deleting(_partition(repository), ref, _AS_BEFORE, _values(before))])
        except ConditionFailed:
            return  # it is there anew

    def _refused(self, puts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Write all or none; those that have to be tried one by one."""
        try:
            self._table.transact(puts)
        except ConditionFailed:
            yield from puts if len(puts) > 1 else ()


def remembering(table: Table, pushed: PushedRef) -> dict[str, Any]:
    """A pushed ref, as a part of the delivery's transaction. Its condition fails when this push, or a newer one of that ref, is known.

    GitHub's seconds are coarse: of two pushes in one second the later is the one that begins where the other ended.
    """
    condition = "attribute_not_exists(pk) OR #at < :at OR (#at = :at AND #target = :before)"
    values = {":at": pushed.at, ":before": pushed.before}
    return table.putting(_partition(pushed.repository), pushed.ref, _attributes(KnownRef(pushed.after, pushed.at)), condition, values)


def is_newest(table: Table, pushed: PushedRef) -> bool:
    """Whether that push is the last that is known of its ref."""
    item = table.get(_partition(pushed.repository), pushed.ref)
    return item is not None and (item["target"], item["at"]) == (pushed.after, pushed.at)


def _partition(repository: str) -> str:
    return f"REF#{repository.lower()}"


def _attributes(known: KnownRef) -> dict[str, Any]:
    return {"target": known.target, "at": known.at, **({"unstarted": True} if known.unstarted else {})}


def _values(known: KnownRef) -> dict[str, Any]:
    return {":target": known.target, ":at": known.at}
