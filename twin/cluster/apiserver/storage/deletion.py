"""How objects go: grace periods, finalizers, propagation. Called by `http.operations` and by evictions.

The server only marks and removes the object that it was asked for; dependents are the garbage collector's work, a namespace's content the namespace
controller's, a pod's processes its node's. https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from twin.cluster.apiserver.errors import bad_request, not_found, precondition_failed
from twin.cluster.apiserver.objects import Key, Object, timestamp
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.storage.store import Store

_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan", "Background": ""}
_FINISHED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class DeleteOptions:
    """`grace_seconds` None: as the pod itself says. Empty preconditions are none."""

    grace_seconds: int | None = None
    propagation: str = "Background"
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False


def read_options(body: object, query: Mapping[str, str]) -> DeleteOptions:
    """A DeleteOptions object, with the query's parameters in the place of what it doesn't say. Bad request when it says nonsense."""
    said: Mapping[str, Any] = body if isinstance(body, dict) else {}
    grace = said.get("gracePeriodSeconds", query.get("gracePeriodSeconds"))
    propagation = said.get("propagationPolicy") or query.get("propagationPolicy") or ("Orphan" if said.get("orphanDependents") else "Background")
    if propagation not in _FINALIZERS:
        raise bad_request(f'DeleteOptions.propagationPolicy: Unsupported value: "{propagation}": supported values: "Background", "Foreground", "Orphan"')
    if grace is not None and not str(grace).isdigit():
        raise bad_request(f"DeleteOptions.gracePeriodSeconds: {grace!r} isn't a number of seconds")
    preconditions = said.get("preconditions") or {}
    return DeleteOptions(
        grace_seconds=None if grace is None else int(grace),
        propagation=propagation,
        uid=preconditions.get("uid") or "",
        resource_version=preconditions.get("resourceVersion") or "",
        dry_run=bool(said.get("dryRun") or query.get("dryRun")),
    )


def delete(store: Store, resource: Resource, key: Key, options: DeleteOptions) -> tuple[Object, bool]:
    """The object's last or present state, and whether it is gone already."""
    old = store.get(resource, key)
    if old is None:
        raise not_found(resource, key.name)
    about = old["metadata"]
    for name, wanted, found in (("UID", options.uid, about["uid"]), ("ResourceVersion", options.resource_version, about["resourceVersion"])):
        if wanted and wanted != found:
            raise precondition_failed(resource, key.name, f"{name} in precondition: {wanted}, {name} in object meta: {found}")
    grace = _grace_seconds(resource, old, options)
    finalizers = _finalizers(resource, old, options)
    if options.dry_run:
        return old, not grace and not finalizers
    if not grace and not finalizers and not old.get("spec", {}).get("finalizers"):
        return store.remove(resource, old), True
    item = _marked(resource, old, grace, finalizers)
    return (old if item == old else store.put(resource, item)), False


def _grace_seconds(resource: Resource, old: Object, options: DeleteOptions) -> int:
    """Only pods that were given to a node and have not finished are ended gently; a second deletion can only shorten the time."""
    if resource.kind != "Pod" or not old["spec"].get("nodeName") or old.get("status", {}).get("phase") in _FINISHED:
        return 0
    asked = options.grace_seconds if options.grace_seconds is not None else int(old["spec"].get("terminationGracePeriodSeconds", 30))
    about = old["metadata"]
    return min(asked, about["deletionGracePeriodSeconds"]) if "deletionGracePeriodSeconds" in about else asked


def _finalizers(resource: Resource, old: Object, options: DeleteOptions) -> list[str]:
    present = [name for name in old["metadata"].get("finalizers", []) if old["metadata"].get("deletionTimestamp") or name not in _FINALIZERS.values()]
    wanted = _FINALIZERS[options.propagation] if resource.kind not in ("Pod", "Namespace") and not old["metadata"].get("deletionTimestamp") else ""
    return [*present, wanted] if wanted and wanted not in present else present


def _marked(resource: Resource, old: Object, grace: int, finalizers: list[str]) -> Object:
    """The object as one that is being deleted."""
    about = dict(old["metadata"])
    if not about.get("deletionTimestamp") or grace < about.get("deletionGracePeriodSeconds", 0):
        about |= {"deletionTimestamp": timestamp(datetime.now(UTC) + timedelta(seconds=grace)), "deletionGracePeriodSeconds": grace}
        if "generation" in about:
            about["generation"] += 1
    if finalizers:
        about["finalizers"] = finalizers
    if resource.kind == "Namespace":
        return {**old, "metadata": about, "status": {**old.get("status", {}), "phase": "Terminating"}}
    return {**old, "metadata": about}
