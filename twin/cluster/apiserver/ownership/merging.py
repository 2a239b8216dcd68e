"""A configuration laid over what is there. Called by `applying`.

Source: typed/merge.go of structured-merge-diff: members and items are merged, all else is replaced.
"""

from typing import Any

from twin.cluster.apiserver.ownership.members import Member, members
from twin.cluster.apiserver.schema.types import Type, member


def merged(current: Any, configuration: Any, kind: Type | None) -> Any:
    if current == configuration:
        return current
    before, wanted = members(current, kind), members(configuration, kind)
    if before is None or wanted is None:
        return configuration
    if isinstance(current, list):
        return _merged_list(before, wanted)
    over = {name: merged(current[name], value, member(kind, name)) if name in current else value for name, value in configuration.items()}
    return current | over


def _merged_list(before: dict[str, Member], wanted: dict[str, Member]) -> list[Any]:
    """In the order of the configuration; each item that only the object has stays before the common item that it stood before."""
    result: list[Any] = []
    remaining = list(before)
    for element, (value, kind) in wanted.items():
        passed = remaining.index(element) if element in remaining else _before_a_common_item(remaining, wanted)
        result += [before[name].value for name in remaining[:passed] if name not in wanted]
        remaining = [name for name in remaining[passed:] if name != element]
        result.append(merged(before[element].value, value, kind) if element in before else value)
    return result + [before[name].value for name in remaining if name not in wanted]


def _before_a_common_item(remaining: list[str], wanted: dict[str, Member]) -> int:
    return next((place for place, name in enumerate(remaining) if name in wanted), len(remaining))
