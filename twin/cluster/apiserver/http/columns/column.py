"""A column, and how values that many kinds have are put into a cell. Used by the other modules of this folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twin.cluster.apiserver.http.columns.ages import age
from twin.cluster.apiserver.objects import Object

NONE = "<none>"
UNSET = "<unset>"


@dataclass(frozen=True)
class Column:
    """`wide` ones are shown with `-o wide` only. A cell is a string, a number or a boolean."""

    name: str
    cell: Callable[[Object], Any]
    type: Literal["string", "integer", "boolean", "date"] = "string"
    wide: bool = False
    format: str = ""


NAME = Column("Name", lambda item: item["metadata"]["name"], format="name")
AGE = Column("Age", age)


def value_at(item: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """The value at a path such as `status.replicas`; `default` when it isn't there."""
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return default if value is None else value


def text(path: str, default: str = "") -> Callable[[Object], str]:
    """A cell with the value at a path."""
    return lambda item: str(value_at(item, path, default)) or default


def number(path: str) -> Callable[[Object], int]:
    """A cell with the number at a path, or 0."""
    return lambda item: int(value_at(item, path, 0))


def has_condition(item: Object, kind: str) -> bool:
    return any(condition["type"] == kind and condition["status"] == "True" for condition in value_at(item, "status.conditions", ()))


def labels(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(pairs.items())) or NONE


def label_selector(selector: Mapping[str, Any]) -> str:
    """A LabelSelector as a person would write it: `app=web,tier in (a,b),!old`."""
    wanted = {name: f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()}
    return ",".join(written for _, written in sorted([*wanted.items(), *map(_requirement, selector.get("matchExpressions") or ())])) or NONE


def _requirement(expression: Mapping[str, Any]) -> tuple[str, str]:
    key, operator = expression["key"], expression["operator"]
    if operator in ("In", "NotIn"):
        return key, f"{key} {operator.lower()} ({','.join(sorted(expression.get('values') or ()))})"
    return key, f"!{key}" if operator == "DoesNotExist" else key


def pod_template_columns(spec: str, selector: Callable[[Object], str] | None) -> tuple[Column, ...]:
    """The wide columns of a workload whose pod spec stands at the path `spec`."""

    def joined(member: str) -> Callable[[Object], str]:
        return lambda item: ",".join(container.get(member, "") for container in value_at(item, f"{spec}.containers", ()))

    columns = (Column("Containers", joined("name"), wide=True), Column("Images", joined("image"), wide=True))
    return (*columns, Column("Selector", selector, wide=True)) if selector else columns


def first_of(values: Iterable[str], limit: int, nothing: str, separator: str = ",") -> str:
    """`a,b,c + 2 more...`"""
    every: Sequence[str] = list(values)
    shown = separator.join(every[:limit])
    return f"{shown} + {len(every) - limit} more..." if len(every) > limit else shown or nothing
