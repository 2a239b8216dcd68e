"""Label and field selectors: which objects a list, a watch or a workload means.

Source: k8s.io/apimachinery/pkg/labels and pkg/fields. Which fields a kind has for selectors is in `field_labels`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from twin.cluster.apiserver.errors import bad_request
from twin.cluster.apiserver.objects import Object

Matcher: TypeAlias = Callable[[Object], bool]

_REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!\s*)(?P<no>[^\s,!=()]+)|(?P<key>[^\s,!=()]+)\s*(?:(?P<set>in|notin)\s*\((?P<values>[^)]*)\)|(?P<sign>==|=|!=)\s*(?P<value>[^\s,]*))?)\s*(?:,|$)"
)
_FIELD = re.compile(r"(?P<path>[^!=]+)(?P<sign>==|!=|=)(?P<value>.*)")


@dataclass(frozen=True)
class Requirement:
    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: Sequence[str] = ()

    def met_by(self, labels: Mapping[str, str]) -> bool:
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


def parse_labels(text: str) -> list[Requirement]:
    """Bad request when `text` isn't a label selector."""
    requirements: list[Requirement] = []
    position = 0
    while position < len(text):
        found = _REQUIREMENT.match(text, position)
        if not found:
            raise bad_request(f"unable to parse requirement: found {text[position:]!r} in the label selector {text!r}")
        requirements.append(_requirement(found))
        position = found.end()
    return requirements


def _requirement(found: re.Match[str]) -> Requirement:
    if found["absent"]:
        return Requirement(found["no"], "DoesNotExist")
    if found["set"]:
        values = tuple(value.strip() for value in found["values"].split(","))
        return Requirement(found["key"], "In" if found["set"] == "in" else "NotIn", values)
    if found["sign"]:
        return Requirement(found["key"], "NotIn" if found["sign"] == "!=" else "In", (found["value"],))
    return Requirement(found["key"], "Exists")


def matcher(label_selector: str, field_selector: str) -> Matcher:
    """Does an object match both? Bad request when either can't be read."""
    requirements = parse_labels(label_selector)
    fields = [_field(part) for part in field_selector.split(",") if part]

    def matches(item: Object) -> bool:
        labels = item["metadata"].get("labels") or {}
        return all(each.met_by(labels) for each in requirements) and all((_value_at(item, path) == value) == wanted for path, value, wanted in fields)

    return matches


def single_name(field_selector: str) -> str:
    """The name that a field selector pins, as authorisation wants to know it; empty when it pins none."""
    for part in field_selector.split(","):
        if part.startswith("metadata.name="):
            return part.removeprefix("metadata.name=").removeprefix("=")
    return ""


def _field(part: str) -> tuple[str, str, bool]:
    found = _FIELD.fullmatch(part)
    if not found:
        raise bad_request(f"invalid selector: {part!r}; can't understand it")
    return found["path"], found["value"], found["sign"] != "!="


def _value_at(item: Object, path: str) -> str:
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def matches_selector(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Does a LabelSelector of a workload match these labels?"""
    wanted = [Requirement(name, "In", (value,)) for name, value in selector.get("matchLabels", {}).items()]
    wanted += [Requirement(each["key"], each["operator"], tuple(each.get("values", ()))) for each in selector.get("matchExpressions", ())]
    return all(each.met_by(labels) for each in wanted)
