"""Which kinds there are and what may be done with them: the answers below /api and /apis.

Asked by `http`: by clients as they start (kubectl, Helm, the dynamic client), and by `http.request`, since a verb that isn't advertised isn't allowed.
https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

Left out: aggregated discovery (clients ask path by path when it isn't offered), storage version hashes and server addresses by client network.
"""

from dataclasses import dataclass

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import NAMESPACE, Resource, group_versions


@dataclass(frozen=True)
class _Subresource:
    """`kind` is what is sent and received there, with {kind} for the kind that it belongs to; `group` and `version` only when they aren't that kind's."""

    verbs: tuple[str, ...]
    kind: str = "{kind}"
    group: str = ""
    version: str = ""


_READ_AND_WRITTEN = ("get", "patch", "update")
_SUBRESOURCES = {
    "binding": _Subresource(("create",), "Binding"),
    "eviction": _Subresource(("create",), "Eviction", "policy", "v1"),
    "finalize": _Subresource(("update",)),
    "log": _Subresource(("get",)),
    "proxy": _Subresource(("create", "delete", "get", "patch", "update"), "{kind}ProxyOptions"),
    "scale": _Subresource(_READ_AND_WRITTEN, "Scale", "autoscaling", "v1"),
    "token": _Subresource(("create",), "TokenRequest", "authentication.k8s.io", "v1"),
    "status": _Subresource(_READ_AND_WRITTEN),
}


def verbs_of(resource: Resource, subresource: str = "") -> tuple[str, ...]:
    """What may be done with a kind, or with one of its subresources."""
    if subresource:
        return _SUBRESOURCES[subresource].verbs
    # Deleting all namespaces at once is nothing that a real server offers.
    return tuple(verb for verb in resource.verbs if verb != "deletecollection" or resource != NAMESPACE)


def discovery_answer(path: str) -> Object | None:
    """None when nothing is to be discovered at `path`."""
    match path.strip("/").split("/"):
        case ["api"]:
            return {"kind": "APIVersions", "versions": [version for version in group_versions() if "/" not in version], "serverAddressByClientCIDRs": []}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(_groups().values())}
        case ["apis", group] if group in _groups():
            return {"kind": "APIGroup", "apiVersion": "v1", **_groups()[group]}
        case ["api", version] if version in group_versions():
            return _resource_list(version)
        case ["apis", group, version] if f"{group}/{version}" in group_versions():
            return _resource_list(f"{group}/{version}")
    return None


def _groups() -> dict[str, Object]:
    found: dict[str, Object] = {}
    for api_version in group_versions():
        group, _, version = api_version.rpartition("/")
        if group:
            this = {"groupVersion": api_version, "version": version}
            about = found.setdefault(group, {"name": group, "versions": [], "preferredVersion": this})
            about["versions"].append(this)
    return found


def _resource_list(api_version: str) -> Object:
    described: list[Object] = []
    for resource in group_versions()[api_version]:
        described.append(_described(resource))
        described += [_described_subresource(resource, name) for name in sorted(resource.subresources)]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": described}


def _described(resource: Resource) -> Object:
    about: Object = {
        "name": resource.plural,
        "singularName": resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(verbs_of(resource)),
    }
    if resource.short_names:
        about["shortNames"] = list(resource.short_names)
    if resource.in_all:
        about["categories"] = ["all"]
    return about


def _described_subresource(resource: Resource, name: str) -> Object:
    this = _SUBRESOURCES[name]
    about: Object = {
        "name": f"{resource.plural}/{name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": this.kind.format(kind=resource.kind),
        "verbs": list(this.verbs),
    }
    if this.group:
        about |= {"group": this.group, "version": this.version}
    return about
