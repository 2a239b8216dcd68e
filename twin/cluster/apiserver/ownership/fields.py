"""Sets of fields, in the notation that managedFields has them in (`fieldsV1`), and the arithmetic on them. Used by the whole room.

A set is a tree of nested dicts. An element's name says what it selects: `f:NAME` a member of a struct or map, `k:{…}` an item of a list by its keys, `v:…` a
scalar of a set. An element without anything inside is in the set; one with elements inside is in the set itself only if `.` is among them.
Source: sigs.k8s.io/structured-merge-diff/fieldpath. Sets share their subtrees and are never changed in place.
"""

import json
from collections.abc import Iterator
from typing import TypeAlias

Fields: TypeAlias = dict[str, "Fields"]

SELF = "."


def union(one: Fields, other: Fields) -> Fields:
    result = dict(one)
    for element, inside in other.items():
        result[element] = _joined(one[element], inside) if element in one else inside
    return result


def without(fields: Fields, gone: Fields) -> Fields:
    """`fields` less what is in `gone`; an element with nothing inside goes with everything beneath it."""
    kept: Fields = {}
    for element, inside in fields.items():
        if element not in gone:
            kept[element] = inside
        elif inside and gone[element]:
            rest = without(inside, gone[element])
            if rest:
                kept[element] = {} if rest.keys() == {SELF} else rest
        elif gone[element] and SELF not in gone[element]:
            kept[element] = inside
    return kept


def in_both(one: Fields, other: Fields) -> Fields:
    common: Fields = {}
    for element in one.keys() & other.keys():
        both = in_both(one[element], other[element])
        if is_in(one[element]) and is_in(other[element]):
            common[element] = {SELF: {}} | both if both else {}
        elif both:
            common[element] = both
    return common


def is_in(inside: Fields) -> bool:
    """Is the element that has this inside a field of the set itself, and not only on the way to one?"""
    return not inside or SELF in inside


def paths(fields: Fields, before: str = "") -> Iterator[str]:
    """Each field as error messages print it: `.spec.template.spec.containers[name="web"].image`."""
    for element in sorted(fields.keys() - {SELF}):
        path = before + _printed(element)
        if is_in(fields[element]):
            yield path
        yield from paths(fields[element], path)


def _joined(one: Fields, other: Fields) -> Fields:
    if one and other:
        return union(one, other)
    return {SELF: {}} | one | other if one or other else {}


def _printed(element: str) -> str:
    kind, _, text = element.partition(":")
    if kind == "f":
        return f".{text}"
    if kind == "v":
        return f"[={text}]"
    return "[" + ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(json.loads(text).items())) + "]"
