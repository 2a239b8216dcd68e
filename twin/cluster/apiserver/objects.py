"""What is stored and sent: Kubernetes objects as parsed JSON. Used by every room.

An object in the store is never changed in place; whoever wants a different one makes a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]


class Repeating(dict[str, Any]):
    """An object that said some of its members more than once; the last counts."""

    repeated: tuple[str, ...] = ()


@dataclass(frozen=True, order=True, slots=True)
class Key:
    """Where an object stands within its kind; `namespace` is empty for kinds of the whole cluster."""

    namespace: str
    name: str


def metadata(item: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = item["metadata"]
    return found


def key_of(item: Mapping[str, Any]) -> Key:
    return Key(metadata(item).get("namespace", ""), metadata(item)["name"])


def is_being_deleted(item: Mapping[str, Any]) -> bool:
    return bool(metadata(item).get("deletionTimestamp"))


def timestamp(moment: datetime | None = None) -> str:
    """A moment (default: now) as Kubernetes writes it: UTC, whole seconds."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def without_nulls(value: Any) -> Any:
    """A deep copy in which a null member is an absent one, as Go's decoder sees it."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
