"""The fields that an applied configuration speaks of, and so wants to own. Called by `applying`.

Source: typed/tofieldset.go of structured-merge-diff: leaves, and the items of keyed lists.
"""

from typing import Any

from twin.cluster.apiserver.errors import untyped_apply
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership.fields import SELF, Fields, paths
from twin.cluster.apiserver.ownership.members import Member, element, members, missing_key
from twin.cluster.apiserver.schema.lists import Keyed
from twin.cluster.apiserver.schema.types import List, Type


def fields_of(configuration: Object, kind: Type) -> Fields:
    """ApiError 500, as a real server answers, when an item of a keyed list has no key or the same as another (the well-known doubled `env`)."""
    faults: list[str] = []
    found = _inside(configuration, kind, "", faults)
    if faults:
        about = configuration.get("metadata", {})
        fault = faults[0] if len(faults) == 1 else "errors:\n" + "\n".join(f"  {each}" for each in faults)
        raise untyped_apply(about.get("namespace", ""), about.get("name", ""), configuration.get("kind", ""), configuration.get("apiVersion", ""), fault)
    return found


def _inside(value: Any, kind: Type | None, path: str, faults: list[str]) -> Fields:
    parts = members(value, kind)
    if parts is None:
        if isinstance(value, list) and isinstance(kind, List) and kind.merging:
            faults += _unknowable_items(value, kind, path)
        return {}
    return {name: _of_member(name, part, path, faults) for name, part in parts.items()}


def _of_member(name: str, part: Member, path: str, faults: list[str]) -> Fields:
    found = _inside(part.value, part.kind, path + next(paths({name: {}})), faults)
    return {SELF: {}} | found if found and name.startswith("k:") else found


def _unknowable_items(items: list[Any], kind: List, path: str) -> list[str]:
    faults: list[str] = []
    seen: set[str] = set()
    for position, item in enumerate(items):
        if isinstance(kind.merging, Keyed) and (lacking := missing_key(item, kind.merging)):
            faults.append(
                f'{path}: element {position}: associative list with keys has an element that omits key field "{lacking}" (and doesn\'t have default value)'
            )
        elif kind.merging:
            name = element(item, kind.merging)
            if name in seen:
                faults.append(f"{path}: duplicate entries for key {next(paths({name: {}}))}")
            seen.add(name)
    return faults
