"""A request's body as an object: JSON, YAML or protobuf. Called by the server for everything but proxied requests.

YAML is read as Go's sigs.k8s.io/yaml reads it, so that a manifest means here what it means on a real cluster: `y` is a boolean, `1e3` is a number, dates
and `12:30` stay text, keys become text. Left out: CBOR; of several YAML documents the first (they are refused).
"""

import json
import re
from typing import Any

import yaml

from twin.cluster.apiserver import errors
from twin.cluster.apiserver.http import protobuf
from twin.cluster.apiserver.objects import Repeating

_BOOLEANS = {"y": True, "yes": True, "true": True, "on": True, "n": False, "no": False, "false": False, "off": False}
_WRITTEN_ALIKE = "|".join(f"{word}|{word.capitalize()}|{word.upper()}" for word in _BOOLEANS)
_SIGNS = list("+-0123456789")
_UNSAID = ("", "application/octet-stream")
"""No content type, and what aiohttp makes of none: JSON is then meant."""
_BIGGEST_PLAIN_FLOAT = 1e21
"""From here on Go writes a float with an exponent even when it is whole."""

# The plain scalars of gopkg.in/yaml.v2 (resolve.go); tried in this order. PyYAML's own are those of YAML 1.1, dates and base 60 included.
_PLAIN_SCALARS = (
    ("bool", re.compile(rf"^(?:{_WRITTEN_ALIKE})$"), list("yYnNtTfFoO")),
    ("null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ("int", re.compile(r"^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$"), _SIGNS),
    ("float", re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), [*_SIGNS, "."]),
    ("merge", re.compile(r"^<<$"), ["<"]),
)

# Made by hand since its base is chosen here: the C parser isn't there in every build of PyYAML.
_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {"yaml_implicit_resolvers": {}, "bool_values": _BOOLEANS})
for _name, _pattern, _first in _PLAIN_SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _pattern, _first)


def parse_body(raw: bytes, content_type: str) -> Any:
    """None when there is no body. 400 when it can't be read, 415 for a format or a protobuf message that this server doesn't know."""
    if not raw.strip():
        return None
    media_type = content_type.partition(";")[0].strip().lower()
    if raw.startswith(protobuf.MAGIC):
        return protobuf.decode(raw)
    if "yaml" in media_type and not raw.lstrip().startswith(b"{"):
        return _from_yaml(raw)
    if media_type in _UNSAID or media_type.endswith(("json", "yaml")):
        return _from_json(raw)
    raise errors.unsupported_media_type(media_type)


def _from_json(raw: bytes) -> Any:
    try:
        return json.loads(raw, object_pairs_hook=_members)
    except ValueError as error:
        raise errors.bad_request(f"couldn't decode the body of the request as JSON: {error}") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    repeating, names = Repeating(members), [name for name, _ in pairs]
    repeating.repeated = tuple(name for name in members if names.count(name) > 1)
    return repeating


def _from_yaml(raw: bytes) -> Any:
    try:
        return _as_json(yaml.load(raw, _Loader))  # nosec B506 - a safe loader
    except (yaml.YAMLError, ValueError) as error:
        raise errors.bad_request(f"error converting YAML to JSON: {error}") from error


def _as_json(value: Any) -> Any:
    match value:
        case dict():
            return {_key(key): _as_json(member) for key, member in value.items()}
        case list():
            return [_as_json(item) for item in value]
        case float() if value.is_integer() and abs(value) < _BIGGEST_PLAIN_FLOAT:
            return int(value)
        case None | bool() | str() | int() | float():
            return value
    raise ValueError(f"there is no JSON for {value!r}")


def _key(key: Any) -> str:
    match key:
        case bool():
            return str(key).lower()
        case str() | int() | float():
            return str(key)
    raise ValueError(f"unsupported map key {key!r}")
