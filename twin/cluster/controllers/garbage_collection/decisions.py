"""What has to happen to one object because of its owners or its dependents. Pure.

Source: attemptToDeleteItem, classifyReferences and orphanDependents in pkg/controller/garbagecollector/garbagecollector.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from twin.cluster.client.kinds import Object

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclass(frozen=True)
class Delete:
    """`propagation`: what becomes of its own dependents."""

    propagation: str


@dataclass(frozen=True)
class Disown:
    """It stays, with only these owner references."""

    references: list[Object]


@dataclass(frozen=True)
class LetGo:
    """Its dependents stay without it; then it may go."""

    dependents: Sequence[Object]


@dataclass(frozen=True)
class Finish:
    """The finalizer has done its work."""

    finalizer: str


Action: TypeAlias = Delete | Disown | LetGo | Finish


def decide(item: Object, owners: Mapping[str, Object | None], dependents: Sequence[Object]) -> Action | None:
    """`owners` by uid, None for one that is gone; `dependents` of `item`. None: nothing, or not yet."""
    about = item["metadata"]
    if about.get("deletionTimestamp"):
        return _finishing(item, dependents)
    references: list[Object] = about.get("ownerReferences", [])
    if not references:
        return None
    waiting = [reference for reference in references if (owner := owners[reference["uid"]]) is not None and _waits_for(owner, reference)]
    staying = [reference for reference in references if owners[reference["uid"]] is not None and reference not in waiting]
    if staying:
        return Disown(staying) if len(staying) < len(references) else None
    if waiting and dependents:
        return Delete("Foreground")
    return Delete(_own_wish(about.get("finalizers", ())))


def without_owner(dependent: Object, uid: str) -> list[Object]:
    """The owner references that are left when one owner lets go."""
    return [reference for reference in dependent["metadata"].get("ownerReferences", ()) if reference["uid"] != uid]


def waits_for_dependents(item: Object) -> bool:
    about = item["metadata"]
    return bool(about.get("deletionTimestamp") and FOREGROUND in about.get("finalizers", ()))


def _finishing(item: Object, dependents: Sequence[Object]) -> Action | None:
    about = item["metadata"]
    if ORPHAN in about.get("finalizers", ()):
        return LetGo(dependents) if dependents else Finish(ORPHAN)
    if waits_for_dependents(item):
        return None if any(_blocks(each, about["uid"]) for each in dependents) else Finish(FOREGROUND)
    return None


def _blocks(dependent: Object, uid: str) -> bool:
    return any(reference.get("blockOwnerDeletion") for reference in dependent["metadata"]["ownerReferences"] if reference["uid"] == uid)


def _waits_for(owner: Object, reference: Object) -> bool:
    return bool(reference.get("blockOwnerDeletion")) and waits_for_dependents(owner)


def _own_wish(finalizers: Sequence[str]) -> str:
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"
