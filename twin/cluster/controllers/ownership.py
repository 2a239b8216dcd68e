"""Owner references: who made an object, and who may therefore change and remove it.

https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
"""

from collections.abc import Iterable

from twin.cluster.client.kinds import Object


def reference_to(owner: Object) -> Object:
    """Makes `owner` the one controller of whatever carries this reference."""
    about = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": about["name"],
        "uid": about["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(item: Object) -> Object | None:
    """The reference to the owner that controls `item`."""
    return next((reference for reference in item["metadata"].get("ownerReferences", ()) if reference.get("controller")), None)


def controlled_by(owner: Object, items: Iterable[Object]) -> list[Object]:
    """By uid: an owner that was made anew under the same name inherits nothing."""
    uid = owner["metadata"]["uid"]
    return [item for item in items if (reference := controller_of(item)) and reference["uid"] == uid]
