"""Manifests without the values of Secrets: which keys a Secret has, and which of them change, is all that may be shown."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

HIDDEN = "(hidden)"
HIDDEN_CHANGED = "(hidden, changed)"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""An annotation in which kubectl keeps the whole object. https://kubernetes.io/docs/reference/labels-annotations-taints/"""
_SHOWN = ("apiVersion", "kind", "type", "immutable", "metadata")
_VALUES = ("data", "stringData")


def masked(value: Any, before: Any = None) -> Any:
    """`value`, any part of a manifest, with each Secret in it masked.

    `before` is what stands in the same place on the other side: where a hidden value isn't the one of before, HIDDEN_CHANGED says so.
    Base64 in `data` and text in `stringData` are compared by what they stand for and both shown as `data`.
    """
    if _is_secret(value):
        return _secret(value, before if _is_secret(before) else {})
    if isinstance(value, dict):
        return {key: masked(item, before.get(key) if isinstance(before, dict) else None) for key, item in value.items()}
    if isinstance(value, list):
        others = before if isinstance(before, list) else []
        return [masked(item, others[index] if index < len(others) else None) for index, item in enumerate(value)]
    return value


def texts_of(value: Any) -> Iterator[str]:
    """Every value of each Secret in a part of a manifest, as it is written and as it is meant: what mustn't be shown anywhere."""
    if _is_secret(value):
        written = list(_texts([value.get(field) for field in _VALUES]))
        meant = [text for text in (_values(value) or {}).values() if isinstance(text, bytes)]
        yield from (*written, *(text.decode(errors="replace") for text in meant))
        yield from (base64.b64encode(text).decode() for text in (*meant, *(text.encode() for text in written)))
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_of(item)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)


def _is_secret(value: Any) -> bool:
    """A reference to a Secret (`{kind: Secret, name: x}`) isn't one: its name is beside the kind."""
    if not isinstance(value, dict) or str(value.get("kind")).casefold() != "secret":
        return False
    return "name" not in value or any(field in value for field in ("metadata", *_VALUES))


def _secret(secret: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Fields that a Secret doesn't have are hidden as a whole: a misspelt `data` is one."""
    shown: dict[str, Any] = {}
    values, values_before = _values(secret), _values(before)
    for field, content in secret.items():
        if field == "metadata" and isinstance(content, dict):
            shown[field] = _metadata(content, before.get(field))
        elif field in _SHOWN and not isinstance(content, dict | list):
            shown[field] = content
        elif field not in _VALUES or values is None:
            shown[field] = _hidden(field, secret, before)
    if values:
        shown["data"] = {key: _hidden(key, values, values_before or {}) for key in values}
    return shown


def _metadata(metadata: dict[str, Any], before: Any) -> dict[str, Any]:
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict) or LAST_APPLIED not in annotations:
        return metadata
    annotations_before = before.get("annotations") if isinstance(before, dict) else None
    hidden = _hidden(LAST_APPLIED, annotations, annotations_before if isinstance(annotations_before, dict) else {})
    return metadata | {"annotations": annotations | {LAST_APPLIED: hidden}}


def _hidden(key: str, values: dict[str, Any], before: dict[str, Any]) -> str:
    return HIDDEN_CHANGED if key in before and _comparable(values[key]) != _comparable(before[key]) else HIDDEN


def _values(secret: dict[str, Any]) -> dict[str, Any] | None:
    """The value of each key, bytes when it is valid; None when `data` or `stringData` isn't a mapping. `stringData` wins, as on the API server."""
    data, texts = (secret.get(field) or {} for field in _VALUES)
    if not isinstance(data, dict) or not isinstance(texts, dict):
        return None
    return {key: _decoded(value) for key, value in data.items()} | {key: value.encode() if isinstance(value, str) else value for key, value in texts.items()}


def _decoded(value: Any) -> Any:
    try:
        return base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) else value
    except (binascii.Error, ValueError):
        return value


def _comparable(value: Any) -> bytes | str:
    """By JSON, since Python holds 1, 1.0 and true for equal. An empty value and none are the same to the API server."""
    if value is None or isinstance(value, bytes):
        return value or b""
    return json.dumps(value, sort_keys=True)
