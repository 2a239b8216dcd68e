"""The fields of each kind, read from the classes of the `kubernetes` client, which are generated from Kubernetes' own API description.

Used by `strictness`, `patches`, `ownership` and `openapi`. The client is of release 1.37, this server speaks as 1.36: the few fields that are new there
are accepted.
"""

import functools
import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import kubernetes.client.models

from twin.cluster.apiserver.schema.lists import ATOMIC_MAPS, ATOMIC_STRUCTS, MERGING_LISTS, QUANTITIES, Keyed, SetOfScalars

ScalarName = Literal["string", "integer", "number", "boolean", "bytes", "quantity", "int-or-string", "anything"]
_SCALARS: dict[str, ScalarName] = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "datetime": "string", "bytes": "bytes"}
_FREE_FORM = frozenset({("V1ManagedFieldsEntry", "fieldsV1"), ("V1ControllerRevision", "data")})


@dataclass(frozen=True)
class Scalar:
    name: ScalarName


@dataclass(frozen=True)
class Map:
    value: "Type"
    atomic: bool = False


@dataclass(frozen=True)
class List:
    item: "Type"
    merging: Keyed | SetOfScalars | None = None


@dataclass(frozen=True)
class Struct:
    """A type with named fields; resolved by name, since types may contain themselves."""

    model: str

    @property
    def atomic(self) -> bool:
        return self.model in ATOMIC_STRUCTS

    @property
    def go_name(self) -> str:
        """As Go's decoder calls it in its messages: `Container`."""
        return re.sub(r"^(?:[A-Z][a-z]+)?V\d+", "", self.model)

    @property
    def fields(self) -> "dict[str, Field]":
        return _fields(self.model)


@dataclass(frozen=True)
class Field:
    type: "Type"
    required: bool
    description: str


Type: TypeAlias = Scalar | Map | List | Struct


@functools.cache
def _fields(model: str) -> dict[str, Field]:
    described = getattr(kubernetes.client.models, model)
    found: dict[str, Field] = {}
    by_name: dict[str, Any] = {about.serialization_alias or attribute: about for attribute, about in described.model_fields.items()}
    for attribute, written in described.openapi_types.items():
        name = described.attribute_map[attribute]
        about = by_name[name]
        found[name] = Field(_type(model, name, written), about.is_required(), about.description or "")
    return found


def _type(model: str, name: str, written: str) -> Type:
    if (model, name) in QUANTITIES:
        return Map(Scalar("quantity")) if written.startswith("Dict[") else Scalar("quantity")
    if written.startswith("List["):
        return List(_type(model, "", written[5:-1]), MERGING_LISTS.get((model, name)))
    if written.startswith("Dict["):
        return Map(_type(model, "", written.removeprefix("Dict[str, ")[:-1]), (model, name) in ATOMIC_MAPS)
    if written == "object":
        return Scalar("anything" if (model, name) in _FREE_FORM or not name else "int-or-string")
    return Scalar(_SCALARS[written]) if written in _SCALARS else Struct(written)


def member(of: Type | None, name: str) -> Type | None:
    """The type of a member of a struct or map; None when nothing is known about it."""
    if isinstance(of, Map):
        return of.value
    if isinstance(of, Struct):
        field = of.fields.get(name)
        return field.type if field else None
    return None
