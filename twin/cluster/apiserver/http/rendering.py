"""What a client gets to see of an object: all of it, its metadata, or a row of a table. Called by the server for every answer that is an object or a list.

The Accept header asks (https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources). The encoding is always JSON:
a client that would rather have protobuf takes that too.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from twin.cluster.apiserver.http.tables import Included, table
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource

_META = "meta.k8s.io/v1"
_View: TypeAlias = Literal["whole", "metadata", "table"]
_VIEWS: dict[str, _View] = {"Table": "table", "PartialObjectMetadata": "metadata", "PartialObjectMetadataList": "metadata"}


def included(query: Mapping[str, str]) -> Included:
    """How much of each object a table's rows carry: kubectl asks for all of it to sort by any field."""
    return query.get("includeObject") or "Metadata"


def rendered(accept: str, resource: Resource, item: Object, include_object: Included = "Metadata") -> Object:
    """`include_object` is the query parameter `includeObject`, of tables only. What isn't of the kind itself (a Scale, a Status) passes as it is."""
    if item.get("kind") != resource.kind:
        return item
    match _view(accept):
        case "metadata":
            return _metadata_only(item)
        case "table":
            return table(resource, [item], item["metadata"].get("resourceVersion", ""), include_object)
        case "whole":
            return item


def rendered_list(accept: str, resource: Resource, items: Sequence[Object], resource_version: str, include_object: Included = "Metadata") -> Object:
    """As on a real server, the items of a list have no `kind` and `apiVersion` of their own."""
    view = _view(accept)
    if view == "table":
        return table(resource, items, resource_version, include_object)
    about = {"resourceVersion": resource_version}
    if view == "metadata":
        return {"kind": "PartialObjectMetadataList", "apiVersion": _META, "metadata": about, "items": [_metadata_only(item) for item in items]}
    bare = [{name: member for name, member in item.items() if name not in ("kind", "apiVersion")} for item in items]
    return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": about, "items": bare}


def rendered_event(accept: str, resource: Resource, kind: str, item: Object, include_object: Included = "Metadata") -> Object:
    """The object of a watch event of this `kind` (ADDED, BOOKMARK ...). A table has one row, and its columns every time."""
    return item if kind in ("BOOKMARK", "ERROR") else rendered(accept, resource, item, include_object)


def _metadata_only(item: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": item["metadata"]}


@functools.lru_cache(maxsize=64)
def _view(accept: str) -> _View:
    """The first media range whose view this server knows; a version or group of a view that it doesn't know is passed over."""
    for media_range in accept.split(","):
        _, *parameters = (part.strip() for part in media_range.split(";"))
        asked = dict(parameter.partition("=")[::2] for parameter in parameters)
        if "as" not in asked:
            return "whole"
        if asked["as"] in _VIEWS and f"{asked.get('g')}/{asked.get('v')}" == _META:
            return _VIEWS[asked["as"]]
    return "whole"
