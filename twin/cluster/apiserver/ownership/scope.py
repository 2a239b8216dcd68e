"""Which fields can be owned at all. Used by `applying` and `noting`.

Source: managedfields/internal/stripmeta.go, and the GetResetFields of each kind's strategy: a status is written through its subresource only, a spec is not.
"""

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership.fields import SELF, Fields
from twin.cluster.apiserver.resources import Resource

_METADATA = "f:metadata"
_NOBODYS = frozenset({"f:apiVersion", "f:kind"})
_NOBODYS_METADATA = frozenset(
    {
        "f:creationTimestamp", "f:deletionGracePeriodSeconds", "f:deletionTimestamp", "f:generation", "f:managedFields", "f:name", "f:namespace",
        "f:resourceVersion", "f:selfLink", "f:uid",
    }
)  # fmt: skip


def ownable(fields: Fields, resource: Resource, subresource: str) -> Fields:
    """`fields` without those that belong to nobody, and those that this door doesn't open."""
    closed = f"f:{closed_part(resource, subresource)}"
    found = {element: inside for element, inside in fields.items() if element not in _NOBODYS and element != closed}
    if about := found.pop(_METADATA, None):
        rest = {element: inside for element, inside in about.items() if element not in _NOBODYS_METADATA and element != SELF}
        if rest:
            found[_METADATA] = rest
    return found


def reachable(configuration: Object, resource: Resource, subresource: str) -> Object:
    """`configuration` without the part that can't be written here."""
    closed = closed_part(resource, subresource)
    return {name: value for name, value in configuration.items() if name != closed}


def closed_part(resource: Resource, subresource: str) -> str:
    """The part of an object that a write can't reach; empty when it reaches all."""
    if subresource == "status":
        return "spec"
    return "status" if resource.has_status else ""
