"""Takes out of an object what a manager applied last time, doesn't apply any more, and nobody else owns. Called by `applying`.

Source: `prune` in merge/update.go of structured-merge-diff. A struct goes as a whole, with its defaulted fields, when nobody owns anything in it.
"""

from typing import Any

from twin.cluster.apiserver.ownership.fields import SELF, Fields, is_in
from twin.cluster.apiserver.ownership.members import Member, members
from twin.cluster.apiserver.schema.types import Struct, Type


def pruned(value: Any, last: Fields, owned: Fields, kind: Type | None) -> Any:
    """`last` is what the manager owned, `owned` what anybody owns now."""
    parts = members(value, kind)
    if not parts or not last.keys() & parts.keys():
        return value
    kept = [(element, rest) for element, part in parts.items() if (rest := _rest(element, part, last, owned, kind)) is not None]
    return [rest for _, rest in kept] if isinstance(value, list) else {element.removeprefix("f:"): rest for element, rest in kept}


def _rest(element: str, part: Member, last: Fields, owned: Fields, kind: Type | None) -> Any:
    """What stays of a member; None when it goes."""
    if element not in last:
        return part.value
    still = owned.get(element)
    if _goes(last[element], still, kind):
        return None
    rest = pruned(part.value, {name: inside for name, inside in last[element].items() if name != SELF}, still or {}, part.kind)
    emptied = part.value and not rest
    return None if emptied and (still is None or not is_in(still)) else rest


def _goes(last: Fields, still: Fields | None, kind: Type | None) -> bool:
    """A member of a struct stays while anybody owns something in it; an item or an entry of a map only for those who own it itself."""
    if isinstance(kind, Struct):
        return still is None
    return is_in(last) and (still is None or not is_in(still))
