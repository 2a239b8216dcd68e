"""Fields that can't change once they are set. Called by `storage.writing` for every update."""

import json
from collections.abc import Iterator

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.faults import Fault

_IMMUTABLE = {
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "ReplicaSet": ("spec.selector",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"),
    "Job": ("spec.selector", "spec.template", "spec.completions", "spec.completionMode"),
    "EndpointSlice": ("addressType",),
    "Secret": ("type",),
}
_POD_MAY_CHANGE = frozenset(
    {"activeDeadlineSeconds", "containers", "initContainers", "nodeName", "schedulingGates", "terminationGracePeriodSeconds", "tolerations"}
)
_POD_FAULT = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
    "`spec.activeDeadlineSeconds` or `spec.tolerations`"
)


def changed_immutable_fields(resource: Resource, old: Object, new: Object) -> Iterator[Fault]:
    """Of a pod's spec only a few fields may change: images, tolerations, deadlines; `nodeName` may be set once (a real server wants a Binding for that)."""
    for path in _IMMUTABLE.get(resource.kind, ()):
        if _at(old, path) != _at(new, path):
            yield path, f"Invalid value: {json.dumps(_at(new, path))}: field is immutable"
    if resource.kind in ("RoleBinding", "ClusterRoleBinding") and old["roleRef"] != new.get("roleRef"):
        yield "roleRef", f"Invalid value: {json.dumps(new.get('roleRef'))}: cannot change roleRef"
    if old["metadata"].get("deletionTimestamp"):
        yield from _new_finalizers(old["metadata"], new["metadata"])
    if resource.kind == "Pod":
        yield from _pod(old["spec"], new["spec"])
    if old.get("immutable") and resource.kind in ("ConfigMap", "Secret") and (not new.get("immutable") or old.get("data") != new.get("data")):
        yield "data", "Forbidden: field is immutable when `immutable` is set"
    if resource.kind == "Service" and new["spec"].get("clusterIP") != old["spec"].get("clusterIP") and old["spec"].get("clusterIP"):
        yield "spec.clusterIP", f'Invalid value: "{new["spec"].get("clusterIP")}": field is immutable'


def _new_finalizers(old: Object, new: Object) -> Iterator[Fault]:
    if extra := sorted(set(new.get("finalizers", ())) - set(old.get("finalizers", ()))):
        found = ", ".join(map(json.dumps, extra))
        yield (
            "metadata.finalizers",
            f"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{found}}}",
        )


def _pod(old: Object, new: Object) -> Iterator[Fault]:
    fixed = [name for name in old.keys() | new.keys() if name not in _POD_MAY_CHANGE and old.get(name) != new.get(name)]
    if fixed or _without_images(old) != _without_images(new) or (old.get("nodeName") and old["nodeName"] != new.get("nodeName")):
        yield "spec", _POD_FAULT


def _without_images(spec: Object) -> list[Object]:
    containers = [*spec.get("initContainers", ()), *spec.get("containers", ())]
    return [{name: value for name, value in container.items() if name not in ("image", "resources")} for container in containers]


def _at(item: Object, path: str) -> object:
    value: object = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
