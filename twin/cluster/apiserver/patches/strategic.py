"""Strategic merge patch: a merge patch that knows which lists are merged item by item, and by which key. Called by `patched`.

Imitates k8s.io/apimachinery/pkg/util/strategicpatch with its directives: `$patch` (replace, delete, merge), `$retainKeys`, `$deleteFromPrimitiveList/…` and
`$setElementOrder/…`. Atomic maps and structs merge here too: being atomic is a matter of server-side apply only. Left out: the check that a list in the patch
is in the order that its `$setElementOrder` asks for.
"""

from typing import Any

from twin.cluster.apiserver.errors import bad_request
from twin.cluster.apiserver.objects import Object, without_nulls
from twin.cluster.apiserver.patches.order import in_order
from twin.cluster.apiserver.schema.lists import SetOfScalars
from twin.cluster.apiserver.schema.types import List, Type, member

_DIRECTIVE = "$patch"
_RETAIN_KEYS = "$retainKeys"
_DELETE = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def strategically_merged(original: Object, patch: Object, kind: Type | None) -> Object:
    """Bad request for directives that say nothing sensible, and for an item of a keyed list without its key."""
    match patch.get(_DIRECTIVE, "merge"):
        case "replace":
            return {name: without_nulls(value) for name, value in patch.items() if name != _DIRECTIVE and value is not None}
        case "delete":
            return {}
        case "merge":
            pass
        case unknown:
            raise bad_request(f"unknown patch type: {unknown} in map: {patch}")
    result = _retained(original, patch)
    for name, values in _directives(patch, _DELETE).items():
        if name in result:
            result[name] = [value for value in result[name] if value not in values]
    for name, value in patch.items():
        if _is_directive(name):
            continue
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value, member(kind, name))
    for name, order in _directives(patch, _ORDER).items():
        if name in result:
            result[name] = _ordered(result[name], original.get(name, []), order, member(kind, name), name)
    return result


def _merged(original: Any, value: Any, kind: Type | None) -> Any:
    if isinstance(value, dict):
        return strategically_merged(original if isinstance(original, dict) else {}, value, kind)
    if isinstance(value, list) and isinstance(kind, List) and kind.merging:
        return _merged_list(original if isinstance(original, list) else [], value, kind)
    return without_nulls(value)


def _merged_list(original: list[Any], patch: list[Any], kind: List) -> list[Any]:
    if kind.merging is None or isinstance(kind.merging, SetOfScalars):
        return in_order(list(dict.fromkeys([*original, *_scalars(patch)])), original, patch, None)
    key = kind.merging.patch_key
    if not all(isinstance(item, dict) for item in patch):
        raise bad_request("invalid JSON document")
    for item in patch:
        if key not in item and item.get(_DIRECTIVE) != "replace":
            raise bad_request(f"map: {item} does not contain declared merge key: {key}")
    deleted = [item[key] for item in patch if item.get(_DIRECTIVE) == "delete"]
    added = [item for item in patch if item.get(_DIRECTIVE) not in ("delete", "replace")]
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [strategically_merged({}, item, kind.item) for item in added]
    result = [item for item in original if item.get(key) not in deleted]
    for item in added:
        position = next((at for at, other in enumerate(result) if other.get(key) == item[key]), len(result))
        result[position:] = [strategically_merged(result[position] if position < len(result) else {}, item, kind.item), *result[position + 1 :]]
    return in_order(result, original, _scalars([item[key] for item in added]), key)


def _retained(original: Object, patch: Object) -> Object:
    """`$retainKeys` names all members that may stay, so that one of a union drives out the others."""
    if _RETAIN_KEYS not in patch:
        return dict(original)
    keys = patch[_RETAIN_KEYS]
    if not isinstance(keys, list):
        raise bad_request("invalid patch format of retainKeys")
    if any(value is not None and name not in keys for name, value in patch.items() if not _is_directive(name)):
        raise bad_request("patch content doesn't match retainKeys list")
    return {name: value for name, value in original.items() if name in keys}


def _ordered(merged: list[Any], original: list[Any], order: list[Any], kind: Type | None, name: str) -> list[Any]:
    if not isinstance(kind, List) or not kind.merging:
        raise bad_request(f"invalid patch format of setElementOrder list: {name} isn't a list that merges")
    if isinstance(kind.merging, SetOfScalars):
        return in_order(merged, original, _scalars(order), None)
    key = kind.merging.patch_key
    if not all(isinstance(item, dict) and key in item for item in order):
        raise bad_request(f"invalid patch format of setElementOrder list: an item of {name} has no {key}")
    return in_order(merged, original, _scalars([item[key] for item in order]), key)


def _scalars(values: list[Any]) -> list[Any]:
    if any(isinstance(value, dict | list) for value in values):
        raise bad_request("invalid patch format of primitive list")
    return values


def _directives(patch: Object, prefix: str) -> dict[str, list[Any]]:
    found = {name.removeprefix(prefix): value for name, value in patch.items() if name.startswith(prefix)}
    if not all(isinstance(value, list) for value in found.values()):
        raise bad_request(f"invalid patch format of {prefix.strip('$/')} list")
    return found


def _is_directive(name: str) -> bool:
    return name in (_DIRECTIVE, _RETAIN_KEYS) or name.startswith((_DELETE, _ORDER))
