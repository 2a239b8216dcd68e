"""Does an object have only the fields that its kind has, each of its type? Run on every body that is sent to this server.

Imitates the strict decoder behind `fieldValidation` (sigs.k8s.io/json) and the typed schema of server-side apply, for every kind in full depth.
Left out: duplicate keys in YAML and in maps, which are taken as parsers take them (the last one wins); quantities keep the notation they were written in.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from twin.cluster.apiserver.objects import Repeating
from twin.cluster.apiserver.schema.types import List, Map, Scalar, ScalarName, Struct, Type

_PYTHON: dict[ScalarName, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "bytes": (str,),
    "quantity": (str, int, float),
    "int-or-string": (int, str),
}


@dataclass(frozen=True)
class WrongType:
    """`path` as `spec.ports[0].port`; `owner` is the Go struct that has the field; `found` is the name of the type of `value`."""

    path: str
    owner: str
    expected: str
    found: str
    value: Any


@dataclass
class Findings:
    unknown: list[str] = field(default_factory=list)
    wrong: list[WrongType] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


def fit(value: Any, kind: Type) -> tuple[Any, Findings]:
    """A copy of `value` without unknown fields and with quantities as strings, and what didn't fit. Values of a wrong type are kept as they are."""
    findings = Findings()
    return _fit(value, kind, "", "", findings), findings


def _fit(value: Any, kind: Type, path: str, owner: str, findings: Findings) -> Any:
    if value is None:
        return None
    match kind:
        case Struct() if isinstance(value, dict):
            return dict(_members(value, kind, path, findings))
        case Map() if isinstance(value, dict):
            return {name: _fit(member, kind.value, f"{path}.{name}" if path else name, owner, findings) for name, member in value.items()}
        case List() if isinstance(value, list):
            return [_fit(item, kind.item, f"{path}[{position}]", owner, findings) for position, item in enumerate(value)]
        case Scalar() if _is(value, kind.name):
            return str(value) if kind.name == "quantity" else value
    findings.wrong.append(WrongType(path, owner, _go_name(kind), _json_name(value), value))
    return value


def _members(value: dict[str, Any], kind: Struct, path: str, findings: Findings) -> Iterator[tuple[str, Any]]:
    fields = kind.fields
    if isinstance(value, Repeating):
        findings.repeated += [f"{path}.{name}" if path else name for name in value.repeated]
    for name, member in value.items():
        where = f"{path}.{name}" if path else name
        if name in fields:
            yield name, _fit(member, fields[name].type, where, kind.go_name, findings)
        else:
            findings.unknown.append(where)


def _is(value: Any, name: ScalarName) -> bool:
    if name == "anything":
        return True
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _PYTHON[name]) and (name != "bytes" or _is_base64(str(value)))


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _go_name(kind: Type) -> str:
    match kind:
        case Scalar("integer"):
            return "int32"
        case Scalar("boolean"):
            return "bool"
        case Scalar("bytes"):
            return "base64 bytes"
        case Scalar("int-or-string"):
            return "int32 or string"
        case Scalar():
            return kind.name
        case Map():
            return f"map[string]{_go_name(kind.value)}"
        case List():
            return f"[]{_go_name(kind.item)}"
        case Struct():
            return f"v1.{kind.go_name}"


def _json_name(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    names: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
