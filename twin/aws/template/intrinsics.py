"""CloudFormation's intrinsic functions (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).

Left out, with a clear error: ImportValue, Transform, Cidr, ForEach and other language extensions.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.aws.template.errors import TemplateError

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_NO_VALUE = object()


@dataclass
class Scope:
    """What names mean: `values` by Ref (parameters, pseudo parameters, created resources), `attributes` by "Resource.Attribute"."""

    values: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)

    def ref(self, name: str) -> Any:
        """Value of `!Ref name`."""
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name not in self.values:
            raise TemplateError(f"!Ref {name}: nothing has that name")
        return self.values[name]

    def attribute(self, resource: str, name: str) -> Any:
        """Value of `!GetAtt resource.name`."""
        key = f"{resource}.{name}"
        if key not in self.attributes:
            raise TemplateError(f"!GetAtt {key}: the twin doesn't know this attribute")
        return self.attributes[key]

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        if condition not in self.conditions:
            raise TemplateError(f"there is no condition {condition}")
        return bool(resolve(self.conditions[condition], self))


def references(value: Any) -> set[str]:
    """Names that `value` refers to by Ref, GetAtt or Sub; parameters and pseudo parameters among them."""
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    if not isinstance(value, dict):
        return set()
    found = {name for item in value.values() for name in references(item)}
    match value:
        case {"Ref": str(name)}:
            found.add(name)
        case {"Fn::GetAtt": [str(name), *_]}:
            found.add(name)
        case {"Fn::GetAtt": str(path)}:
            found.add(path.split(".")[0])
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            found.update(name.split(".")[0] for name in _VARIABLE.findall(text))
        case _:
            pass
    return found


def resolve(value: Any, scope: Scope) -> Any:
    """`value` with every intrinsic function replaced by its result. TemplateError for an unknown name or function."""
    if isinstance(value, list):
        return [item for item in (resolve(item, scope) for item in value) if item is not _NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref":
            return scope.ref(argument)
        if name == "Condition" and isinstance(argument, str):
            return scope.holds(argument)
        if name.startswith("Fn::"):
            if name not in _FUNCTIONS:
                raise TemplateError(f"{name} isn't supported by the twin")
            return _FUNCTIONS[name](argument, scope)
    return {key: item for key, item in ((key, resolve(item, scope)) for key, item in value.items()) if item is not _NO_VALUE}


def _get_att(argument: Any, scope: Scope) -> Any:
    resource, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(resource, resolve(attribute, scope))


def _sub(argument: Any, scope: Scope) -> str:
    text, local = (argument, {}) if isinstance(argument, str) else argument
    values = resolve(local, scope)

    def replace(found: re.Match[str]) -> str:
        name = found.group(1).strip()
        if name in values:
            return str(values[name])
        return str(scope.attribute(*name.split(".", 1)) if "." in name else scope.ref(name))

    return _VARIABLE.sub(replace, text).replace("${!", "${")


def _join(argument: Any, scope: Scope) -> str:
    separator, parts = argument
    return str(separator).join(str(part) for part in resolve(parts, scope))


def _select(argument: Any, scope: Scope) -> Any:
    index, items = resolve(argument, scope)
    if not 0 <= int(index) < len(items):
        raise TemplateError(f"!Select {index}: the list has {len(items)} items")
    return items[int(index)]


def _split(argument: Any, scope: Scope) -> list[str]:
    separator, text = resolve(argument, scope)
    return str(text).split(separator)


def _if(argument: Any, scope: Scope) -> Any:
    condition, yes, no = argument
    return resolve(yes if scope.holds(condition) else no, scope)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    mapping, first, second = resolve(argument[:3], scope)
    try:
        return scope.mappings[mapping][first][second]
    except KeyError as error:
        raise TemplateError(f"mapping {mapping} has no {first}/{second}") from error


def _equals(argument: Any, scope: Scope) -> bool:
    left, right = resolve(argument, scope)
    return str(left) == str(right)


_FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Equals": _equals,
    "Fn::Not": lambda argument, scope: not resolve(argument, scope)[0],
    "Fn::And": lambda argument, scope: all(resolve(argument, scope)),
    "Fn::Or": lambda argument, scope: any(resolve(argument, scope)),
    "Fn::Base64": lambda argument, scope: base64.b64encode(str(resolve(argument, scope)).encode()).decode(),
    "Fn::ToJsonString": lambda argument, scope: json.dumps(resolve(argument, scope)),
    "Fn::GetAZs": lambda argument, scope: [f"{resolve(argument, scope) or scope.ref('AWS::Region')}{zone}" for zone in "abc"],
}
