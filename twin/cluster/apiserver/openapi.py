"""The OpenAPI v3 documents: every kind's fields, and that its writes take `fieldValidation`. Asked by the server for /openapi/v3 and below.

Helm and kubectl look for that query parameter before they send an object; `kubectl explain` reads the schemas. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3

A path shows its PATCH only, and of that only what clients look for. In particular no body: kubectl would compute its patches from these schemas, which
don't say all that the types compiled into it do. Left out: OpenAPI v2 (asked for only where v3 isn't found), formats of numbers and times, subresources.
"""

import functools
import inspect
import re
from collections.abc import Iterator

import kubernetes.client.models

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import RESOURCES, Resource, group_versions
from twin.cluster.apiserver.schema.lists import Keyed
from twin.cluster.apiserver.schema.types import Field, List, Map, Scalar, ScalarName, Struct, Type

_INFO = {"title": "Kubernetes", "version": "v1.36.0"}
_MODEL = re.compile(r"(?:[A-Z][a-z]+(?=V\d))?V(?P<version>\d+(?:(?:alpha|beta)\d+)?)(?P<name>.+)")
_OF_EVERY_GROUP = frozenset({"Condition", "LabelSelector", "LabelSelectorRequirement", "ManagedFieldsEntry", "ObjectMeta", "OwnerReference"})
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_SHARED_SCHEMAS: dict[str, Object] = {
    _QUANTITY: {"description": "A fixed-point number, such as 100m or 1Gi.", "oneOf": [{"type": "string"}, {"type": "number"}]},
    _INT_OR_STRING: {"description": "A whole number or a string.", "format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
}
_SCALARS: dict[ScalarName, Object] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "quantity": {"$ref": f"#/components/schemas/{_QUANTITY}"},
    "int-or-string": {"$ref": f"#/components/schemas/{_INT_OR_STRING}"},
    "anything": {"type": "object"},
}
_FIELD_VALIDATION = {"name": "fieldValidation", "in": "query", "schema": {"type": "string", "uniqueItems": True}}


def openapi_answer(path: str) -> Object | None:
    """None when there is no document at `path`. The answers are kept and shared: nobody may change them."""
    match path.strip("/").split("/"):
        case ["openapi", "v3"]:
            return _index()
        case ["openapi", "v3", "api" | "apis" as root, *rest]:
            api_version = "/".join(rest)
            known = api_version in group_versions() and (root == "apis") == ("/" in api_version)
            return _document(api_version) if known else None
    return None


@functools.cache
def _index() -> Object:
    paths = [kinds[0].path.removeprefix("/") for kinds in group_versions().values()]
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in paths}}


@functools.cache
def _document(api_version: str) -> Object:
    kinds = group_versions()[api_version]
    schemas = dict(_SHARED_SCHEMAS)
    for model in _reached(kinds):
        schemas[_definition_name(model)] = _struct_schema(Struct(model))
    for resource in kinds:
        schemas[_definition_name(resource.model)]["x-kubernetes-group-version-kind"] = [_kind(resource)]
    paths = {_item_path(resource): _item_operations(resource) for resource in kinds}
    return {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": {"schemas": schemas}}


def _item_path(resource: Resource) -> str:
    return f"{resource.path}/{'namespaces/{namespace}/' if resource.namespaced else ''}{resource.plural}/{{name}}"


def _item_operations(resource: Resource) -> Object:
    patch = {
        "description": f"partially update the specified {resource.kind}",
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": _kind(resource),
        "parameters": [_FIELD_VALIDATION],
        "responses": {"200": {"description": "OK"}},
    }
    return {"patch": patch}


def _kind(resource: Resource) -> Object:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _struct_schema(struct: Struct) -> Object:
    description = inspect.cleandoc(getattr(kubernetes.client.models, struct.model).__doc__).partition("\n\nAttributes:")[0]
    properties = {name: _field_schema(field) for name, field in struct.fields.items()}
    schema: Object = {"type": "object", "description": description, "properties": properties}
    if required := [name for name, field in struct.fields.items() if field.required]:
        schema["required"] = required
    if struct.atomic:
        schema["x-kubernetes-map-type"] = "atomic"
    return schema


def _field_schema(field: Field) -> Object:
    schema = _schema(field.type)
    # What stands beside a $ref is ignored, so a reference with a description is wrapped.
    wrapped = {"allOf": [schema]} if "$ref" in schema else schema
    return wrapped | ({"description": field.description} if field.description else {})


def _schema(kind: Type) -> Object:
    match kind:
        case Scalar(name):
            return _SCALARS[name]
        case Map(value, atomic):
            return {"type": "object", "additionalProperties": _schema(value)} | ({"x-kubernetes-map-type": "atomic"} if atomic else {})
        case List(item, merging):
            return {"type": "array", "items": _schema(item), **_merging(merging)}
        case Struct(model):
            return {"$ref": f"#/components/schemas/{_definition_name(model)}"}


def _merging(merging: object) -> Object:
    if isinstance(merging, Keyed):
        return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(merging.keys)}
    return {"x-kubernetes-list-type": "set" if merging else "atomic"}


def _definition_name(model: str) -> str:
    """As Kubernetes calls it: `io.k8s.api.apps.v1.Deployment`."""
    found = _MODEL.fullmatch(model)
    assert found, model
    if found["name"] in _OF_EVERY_GROUP:
        return f"{_META}.{found['name']}"
    return f"io.k8s.api.{_group_of()[model].partition('.')[0] or 'core'}.v{found['version']}.{found['name']}"


@functools.cache
def _group_of() -> dict[str, str]:
    """The group that each model belongs to. Models don't say it, but every group refers to the core group's types and to its own only."""
    found: dict[str, str] = {}
    for group in sorted({resource.group for resource in RESOURCES}):
        for model in _reached([resource for resource in RESOURCES if resource.group == group]):
            found.setdefault(model, group)
    return found


def _reached(kinds: list[Resource]) -> list[str]:
    """The models of these kinds and of all their fields, each once."""
    found = {resource.model: None for resource in kinds}
    waiting = list(found)
    while waiting:
        for field in Struct(waiting.pop()).fields.values():
            for model in _models_in(field.type):
                if model not in found:
                    found[model] = None
                    waiting.append(model)
    return list(found)


def _models_in(kind: Type) -> Iterator[str]:
    match kind:
        case Struct(model):
            yield model
        case Map(value):
            yield from _models_in(value)
        case List(item):
            yield from _models_in(item)
