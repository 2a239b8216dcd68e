"""YAML that remembers where everything stands. Called by `parse`."""

import re
from typing import Any

import yaml

from slipway.errors import InvalidInput

Location = tuple[str | int, ...]
"""The way to a value from the top of the document: names of fields and places in lists."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: `on` is a field's name here, not "true"."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read(text: str, name: str) -> tuple[Any, Any]:
    """The document as plain values, and as nodes for `line_of`. InvalidInput with the line when it isn't YAML."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        return yaml.load(text, Loader=_Loader), node  # nosec B506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInput(f"{name}:{line}: {error.problem}") from error


def line_of(node: Any, location: Location) -> int:
    """The line where the innermost part of the location stands that the text has."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                return int(line)
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return int(line)
    return int(line)
