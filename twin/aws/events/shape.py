"""What a target gets of an event: all of it, or what its Input, InputPath or InputTransformer says. Used by `delivery`.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html. Left out: filters in a path, the
predefined variables (`<aws.events.rule-name>` and so on), templates that aren't JSON.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_STRING_OR_VARIABLE = re.compile(r'"(?:[^"\\]|\\.)*"|<([^<>]+)>')
_VARIABLE = re.compile(r"<([^<>]+)>")


def shaped(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The JSON text for a target. LookupError when it asks for what the event lacks."""
    if "Input" in target:
        return str(target["Input"])
    if transformer := target.get("InputTransformer"):
        variables = {name: _at(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
        return _filled(transformer["InputTemplate"], variables)
    return json.dumps(_at(target.get("InputPath", "$"), event))


def _at(path: str, event: Mapping[str, Any]) -> Any:
    value: Any = event
    for name, index in _STEP.findall(path.removeprefix("$")):
        value = value[name] if name else value[int(index)]
    return value


def _filled(template: str, variables: Mapping[str, Any]) -> str:
    """A variable is text inside a string and a whole JSON value outside of one."""

    def inside(found: re.Match[str]) -> str:
        value = variables[found.group(1)]
        return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]

    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        return json.dumps(variables[name]) if name else _VARIABLE.sub(inside, found.group())

    return _STRING_OR_VARIABLE.sub(replace, template)
