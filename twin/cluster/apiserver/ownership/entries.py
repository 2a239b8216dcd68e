"""The entries of `metadata.managedFields`. Used by `applying` and `noting`.

Source: managedfields/internal/managedfields.go and conflict.go.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership.fields import Fields

_OPERATIONS = ("Apply", "Update")


@dataclass(frozen=True)
class Entry:
    """One manager's fields. `time` is empty, or as Kubernetes writes times."""

    manager: str
    operation: Literal["Apply", "Update"]
    subresource: str
    api_version: str
    time: str
    fields: Fields

    def is_of(self, other: "Entry") -> bool:
        """The same manager: of an update the version counts, too."""
        mine = (self.manager, self.operation, self.subresource)
        return mine == (other.manager, other.operation, other.subresource) and (self.operation == "Apply" or self.api_version == other.api_version)

    def owning(self, fields: Fields) -> "Entry":
        return self if fields == self.fields else replace(self, fields=fields)

    @property
    def printed(self) -> str:
        """As conflicts name their owner: `"kubectl" with subresource "scale" using apps/v1`."""
        text = json.dumps(self.manager, ensure_ascii=False)
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.api_version}" if self.operation == "Update" else text


def entries_of(item: Mapping[str, Any] | None) -> list[Entry]:
    """None at all when one of them makes no sense, as a real server takes it."""
    written = item["metadata"].get("managedFields", []) if item else []
    return [_read(entry) for entry in written] if all(map(_is_entry, written)) else []


def with_entries(item: Object, entries: Iterable[Entry]) -> Object:
    """`item` with these managedFields, less those that own nothing; `item` itself when it has them already."""
    written = [_written(entry) for entry in sorted((entry for entry in entries if entry.fields), key=_place)]
    about = item["metadata"]
    if about.get("managedFields", []) == written:
        return item
    rest = {name: value for name, value in about.items() if name != "managedFields"}
    return item | {"metadata": rest | {"managedFields": written} if written else rest}


def are_reset(written: Sequence[Any]) -> bool:
    """An empty list, or one of an empty entry, asks to forget all owners."""
    return list(written) in ([], [{}])


def _place(entry: Entry) -> tuple[str, ...]:
    return entry.operation, entry.time, entry.manager, entry.api_version, entry.subresource


def _is_entry(entry: Any) -> bool:
    return isinstance(entry.get("fieldsV1"), dict) and entry.get("fieldsType") == "FieldsV1" and entry.get("operation") in _OPERATIONS and "apiVersion" in entry


def _read(entry: Mapping[str, Any]) -> Entry:
    return Entry(entry.get("manager", ""), entry["operation"], entry.get("subresource", ""), entry["apiVersion"], entry.get("time", ""), entry["fieldsV1"])


def _written(entry: Entry) -> Object:
    written: Object = {"manager": entry.manager, "operation": entry.operation, "apiVersion": entry.api_version}
    if entry.time:
        written["time"] = entry.time
    written |= {"fieldsType": "FieldsV1", "fieldsV1": entry.fields}
    return written | {"subresource": entry.subresource} if entry.subresource else written
