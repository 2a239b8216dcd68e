"""YAML of manifests, read as Kubernetes reads it and written so that equal objects have equal text."""

import json
import re
from typing import Any

import yaml

LARGEST = 5_000_000
"""Of a manifest with its aliases put in, in characters; a value or key counts for ten more. Beyond it a few lines can stand for gigabytes."""
DEEPEST = 100
"""Levels of nesting. The OpenAPI schemas inside of custom resource definitions have about half as many."""
_NODE = 10
_JSON_TAGS = ("null", "bool", "int", "float", "str", "seq", "map")


class _Loader(yaml.CSafeLoader):
    """What JSON can hold, with numbers as Helm's parser knows them (`123e4` is one, `22:22` and dates are text).

    https://github.com/go-yaml/yaml/blob/v3/resolve.go
    """


class _Dumper(yaml.CSafeDumper):
    """Text of several lines as such: a changed line of a file in a ConfigMap is a changed line of the difference."""


def _untagged(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else node.value


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Loader.yaml_constructors = {tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag and tag.rpartition(":")[2] in _JSON_TAGS}
_Loader.add_constructor(None, _untagged)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("null", "bool", "merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0b[01]{1,64}|0x[0-9a-fA-F]{1,16}|0[0-7]{0,22}|[1-9][0-9_]{0,18})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"),
    list("-+0123456789."),
)
_Dumper.add_representer(str, _text)


def documents(text: str) -> list[Any]:
    """The documents that aren't empty, as plain JSON values that share nothing with each other.

    ValueError, with a sentence that quotes nothing of the text, when it isn't YAML, is nested deeper than DEEPEST or grows larger than LARGEST.
    """
    try:
        _measure(text)
        return [_plain(document) for document in yaml.load_all(text, Loader=_Loader) if document is not None]  # the loader is a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError("The manifest isn't YAML" + (f": line {mark.line + 1} can't be read." if mark else ".")) from None
    except yaml.YAMLError:
        raise ValueError("The manifest isn't YAML: it has characters that YAML doesn't allow.") from None


def write(value: Any) -> str:
    """The same text for equal values: keys are sorted. ASCII only, so that nothing invisible is in it."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=True, default_flow_style=False, width=1_000_000_000)


def _measure(text: str) -> None:
    """Adds up what the parser meets, an alias with the size of what it stands for, before anything is built of it."""
    size = 0
    anchors: dict[str, int] = {}
    unfinished: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.DocumentStartEvent):
            anchors.clear()
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise ValueError("The manifest isn't YAML: an alias stands for nothing, or for what it is part of.")
            size += anchors[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            size += _NODE + len(event.value)
            if event.anchor:
                anchors[event.anchor] = _NODE + len(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            unfinished.append((event.anchor, size))
            size += _NODE
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = unfinished.pop()
            if anchor:
                anchors[anchor] = size - before
        if size > LARGEST:
            raise ValueError(f"The manifest is too large: it would be more than {LARGEST:,} characters with its aliases put in.")
        if len(unfinished) > DEEPEST:
            raise ValueError(f"The manifest is nested too deeply: more than {DEEPEST} levels.")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
