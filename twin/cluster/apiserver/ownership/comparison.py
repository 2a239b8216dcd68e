"""What a write changed, as sets of fields. Used by `applying` and `noting`.

Source: typed/compare.go of structured-merge-diff.
"""

from dataclasses import dataclass, field
from typing import Any

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership.fields import SELF, Fields, union
from twin.cluster.apiserver.ownership.members import Member, members
from twin.cluster.apiserver.schema.types import Type

_ALWAYS_THERE = frozenset(
    f"f:{name}" for name in ("metadata", "spec", "status", "template", "jobTemplate", "strategy", "updateStrategy", "containers", "resources", "loadBalancer")
)
"""What Go's structs hold by value is there from the beginning, even in an object that says nothing of it; so nobody can have added it."""


@dataclass(frozen=True)
class Changes:
    """`written` was added or got another value; `removed` is gone, with everything beneath."""

    written: Fields = field(default_factory=dict)
    removed: Fields = field(default_factory=dict)

    @property
    def overwritten(self) -> Fields:
        """What other managers no longer own."""
        return union(self.written, self.removed)


def compared(old: Object, new: Object, kind: Type) -> Changes:
    changes = Changes()
    if old != new:
        _compare(members(old, kind) or {}, members(new, kind) or {}, changes.written, changes.removed)
    return changes


def everything(value: Any, kind: Type | None, element: str) -> Fields:
    """What an update owns that added `value` under this element: all that is inside, and itself."""
    found = {name: everything(inside.value, inside.kind, name) for name, inside in (members(value, kind) or {}).items()}
    return {SELF: {}} | found if found and element not in _ALWAYS_THERE else found


def _compare(old: dict[str, Member], new: dict[str, Member], written: Fields, removed: Fields) -> None:
    """Fills `written` and `removed`, which stay without empty branches."""
    for element, (value, kind) in new.items():
        if element not in old:
            written[element] = everything(value, kind, element)
            continue
        before = old[element].value
        if before == value:
            continue
        parts_before, parts = members(before, kind), members(value, kind)
        if parts_before is None or parts is None:
            written[element] = {}
            continue
        written_inside: Fields = {}
        removed_inside: Fields = {}
        _compare(parts_before, parts, written_inside, removed_inside)
        if written_inside:
            written[element] = written_inside
        if removed_inside:
            removed[element] = removed_inside
    removed.update({element: {} for element in old if element not in new})
