"""What a value consists of when it merges: members of a struct or map, items of a keyed list, scalars of a set, each under its element's name.

Everything else is owned and replaced as a whole: scalars, and what the schema calls atomic. Source: typed/helpers.go of structured-merge-diff.
"""

import json
from typing import Any, NamedTuple

from twin.cluster.apiserver.schema.lists import Keyed, SetOfScalars
from twin.cluster.apiserver.schema.types import List, Map, Struct, Type, member

_KEY_DEFAULTS = {"protocol": "TCP"}
"""Keys of lists that may be left out, and what they mean then."""


class Member(NamedTuple):
    value: Any
    kind: Type | None


def members(value: Any, kind: Type | None) -> dict[str, Member] | None:
    """None when `value` doesn't merge; so is a list in which an item lacks its key or has that of another, which only server-side apply forbids."""
    if isinstance(value, dict):
        if isinstance(kind, Struct | Map) and not kind.atomic:
            return {f"f:{name}": Member(inside, member(kind, name)) for name, inside in value.items()}
    elif isinstance(value, list) and isinstance(kind, List) and kind.merging:
        found = {name: Member(item, kind.item) for item in value if (name := element(item, kind.merging))}
        return found if len(found) == len(value) else None
    return None


def element(item: Any, merging: Keyed | SetOfScalars) -> str:
    """The name of an item of a list; empty when it lacks a key."""
    if isinstance(merging, SetOfScalars):
        return "v:" + _compact(item)
    keys = {key: item.get(key, _KEY_DEFAULTS.get(key)) for key in merging.keys}
    return "" if None in keys.values() else "k:" + _compact(keys)


def missing_key(item: Any, merging: Keyed) -> str:
    """The first key that `item` lacks; empty when it has them all."""
    return next((key for key in merging.keys if key not in item and key not in _KEY_DEFAULTS), "")


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
