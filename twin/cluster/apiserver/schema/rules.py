"""What a real server's validation refuses with 422: called by `storage.writing` for every object about to be stored, after defaults.

For all kinds: metadata, and the presence of the required fields of `spec` in full depth. For workloads, pods, Services, Ingresses, Jobs, Secrets and
ConfigMaps: the rules below and in `pod_rules`, `immutability`. Left out: most enumerations and ranges, affinity, autoscaling metrics, quantities' notation.
Source: the validation packages in k8s.io/kubernetes/pkg/apis and k8s.io/apimachinery.
"""

from collections.abc import Callable, Iterator

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.endpoint_rules import endpoint_faults
from twin.cluster.apiserver.schema.faults import Fault, label_faults, required, unsupported, wrong_label_value
from twin.cluster.apiserver.schema.names import CONFIG_KEY, LABEL, SERVICE, SUBDOMAIN
from twin.cluster.apiserver.schema.pod_rules import pod_faults, template_faults
from twin.cluster.apiserver.schema.types import List, Map, Struct, Type
from twin.cluster.apiserver.selectors import matches_selector

_NAMES = {"Namespace": LABEL, "Service": SERVICE}
_FREELY_NAMED = frozenset({"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})


def faults_of(resource: Resource, item: Object, *, allow_loopback_endpoints: bool = False) -> list[Fault]:
    """Everything that is wrong with `item`, in one list."""
    faults = [*_metadata_faults(resource, item)]
    if "spec" in item:
        faults += _missing(item["spec"], Struct(resource.model).fields["spec"].type, "spec")
    if not faults and (check := _BY_KIND.get(resource.kind)):
        faults += check(item)
    if resource.kind in ("EndpointSlice", "Endpoints"):
        faults += endpoint_faults(item, allow_loopback=allow_loopback_endpoints)
    return faults


def _metadata_faults(resource: Resource, item: Object) -> Iterator[Fault]:
    about = item["metadata"]
    name = str(about["name"])
    if resource.kind not in _FREELY_NAMED:
        for fault in _NAMES.get(resource.kind, SUBDOMAIN).faults(name):
            yield "metadata.name", f'Invalid value: "{name}": {fault}'
    if resource.kind in _FREELY_NAMED and ("/" in name or "%" in name or name in (".", "..")):
        yield "metadata.name", f'Invalid value: "{name}": may not be or contain a path'
    yield from label_faults(about.get("labels", {}), "metadata.labels")


def _missing(value: object, kind: Type, path: str) -> Iterator[Fault]:
    if isinstance(kind, Struct) and isinstance(value, dict):
        for name, field in kind.fields.items():
            if name in value:
                yield from _missing(value[name], field.type, f"{path}.{name}")
            elif field.required:
                yield required(f"{path}.{name}")
    elif isinstance(kind, List) and isinstance(value, list):
        for position, item in enumerate(value):
            yield from _missing(item, kind.item, f"{path}[{position}]")
    elif isinstance(kind, Map) and isinstance(value, dict):
        for name, item in value.items():
            yield from _missing(item, kind.value, f"{path}[{name}]")


def _workload(item: Object) -> Iterator[Fault]:
    spec = item["spec"]
    template = spec.get("template", {})
    labels = template.get("metadata", {}).get("labels", {})
    selector = spec.get("selector")
    if not selector or not (selector.get("matchLabels") or selector.get("matchExpressions")):
        yield required("spec.selector")
    elif not matches_selector(selector, labels):
        yield "spec.template.metadata.labels", f"Invalid value: {labels}: `selector` does not match template `labels`"
    if isinstance(spec.get("replicas"), int) and spec["replicas"] < 0:
        yield "spec.replicas", f"Invalid value: {spec['replicas']}: must be greater than or equal to 0"
    yield from template_faults(template, ("Always",))
    yield from _strategy(spec)


def _strategy(spec: Object) -> Iterator[Fault]:
    strategy = spec.get("strategy", {})
    rolling = strategy.get("rollingUpdate")
    kind = strategy.get("type", "RollingUpdate")
    if kind not in ("RollingUpdate", "Recreate"):
        yield unsupported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))
    if kind == "Recreate" and rolling is not None:
        yield "spec.strategy.rollingUpdate", "Forbidden: may not be specified when strategy `type` is 'Recreate'"
    if rolling is not None and all(rolling.get(name) in (0, "0%", "0") for name in ("maxSurge", "maxUnavailable")):
        yield "spec.strategy.rollingUpdate.maxUnavailable", "Invalid value: 0: may not be 0 when `maxSurge` is 0"


def _job(item: Object) -> Iterator[Fault]:
    spec = item["spec"]
    for name in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"):
        if spec.get(name, 0) < 0:
            yield f"spec.{name}", f"Invalid value: {spec[name]}: must be greater than or equal to 0"
    if spec["completionMode"] not in ("NonIndexed", "Indexed"):
        yield unsupported("spec.completionMode", spec["completionMode"], ("Indexed", "NonIndexed"))
    template = spec.get("template", {})
    if not spec.get("selector"):
        yield required("spec.selector")
    elif not matches_selector(spec["selector"], template.get("metadata", {}).get("labels", {})):
        yield "spec.template.metadata.labels", f"Invalid value: {template.get('metadata', {}).get('labels', {})}: `selector` does not match template `labels`"
    if template.get("spec", {}).get("restartPolicy") not in ("OnFailure", "Never"):
        yield "spec.template.spec.restartPolicy", 'Required value: valid values: "OnFailure", "Never"'
    yield from template_faults(template, ("Always", "OnFailure", "Never"))


def _service(item: Object) -> Iterator[Fault]:
    spec = item["spec"]
    kind = spec["type"]
    if kind not in ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"):
        yield unsupported("spec.type", kind, ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"))
    ports = spec.get("ports", [])
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    names: set[str] = set()
    for position, port in enumerate(ports):
        path = f"spec.ports[{position}]"
        if not 1 <= port["port"] <= 65535:
            yield f"{path}.port", f"Invalid value: {port['port']}: must be between 1 and 65535, inclusive"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{path}.name")
        elif port.get("name") in names:
            yield f"{path}.name", f'Duplicate value: "{port["name"]}"'
        names.add(port.get("name", ""))
    for name, value in spec.get("selector", {}).items():
        if fault := wrong_label_value(value):
            yield f"spec.selector[{name}]", fault


def _ingress(item: Object) -> Iterator[Fault]:
    spec = item.get("spec", {})
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield "spec", "Invalid value: {}: either `defaultBackend` or `rules` must be specified"
    for position, rule in enumerate(spec.get("rules", ())):
        for number, path in enumerate(rule.get("http", {}).get("paths", ())):
            where = f"spec.rules[{position}].http.paths[{number}]"
            if path["pathType"] not in ("Exact", "Prefix", "ImplementationSpecific"):
                yield unsupported(f"{where}.pathType", path["pathType"], ("Exact", "ImplementationSpecific", "Prefix"))
            elif path["pathType"] != "ImplementationSpecific" and not str(path.get("path", "")).startswith("/"):
                yield f"{where}.path", f'Invalid value: "{path.get("path", "")}": must be an absolute path'
            if not path["backend"].get("service") and not path["backend"].get("resource"):
                yield required(f"{where}.backend")


def _data(item: Object) -> Iterator[Fault]:
    for name in [*item.get("data", {}), *item.get("binaryData", {})]:
        for fault in CONFIG_KEY.faults(name):
            yield f"data[{name}]", f'Invalid value: "{name}": {fault}'


def _event(item: Object) -> Iterator[Fault]:
    """What is about the whole cluster is told in `default`."""
    involved, namespace = item.get("involvedObject", {}).get("namespace", ""), item["metadata"]["namespace"]
    if involved != namespace and (involved or namespace != "default"):
        yield "involvedObject.namespace", f'Invalid value: "{involved}": does not match event.namespace'


def _role_binding(item: Object) -> Iterator[Fault]:
    for position, subject in enumerate(item.get("subjects", ())):
        if subject.get("kind") not in ("User", "Group", "ServiceAccount"):
            yield unsupported(f"subjects[{position}].kind", subject.get("kind"), ("ServiceAccount", "User", "Group"))


def _role(item: Object) -> Iterator[Fault]:
    for position, rule in enumerate(item.get("rules", ()) or ()):
        if not rule.get("verbs"):
            yield required(f"rules[{position}].verbs")
        if not rule.get("nonResourceURLs") and not (rule.get("resources") and "apiGroups" in rule):
            yield required(f"rules[{position}].resources" if "apiGroups" in rule else f"rules[{position}].apiGroups")


_BY_KIND: dict[str, Callable[[Object], Iterator[Fault]]] = {
    "ClusterRole": _role,
    "ClusterRoleBinding": _role_binding,
    "ConfigMap": _data,
    "DaemonSet": _workload,
    "Deployment": _workload,
    "Event": _event,
    "Ingress": _ingress,
    "Job": _job,
    "Pod": pod_faults,
    "ReplicaSet": _workload,
    "Role": _role,
    "RoleBinding": _role_binding,
    "Secret": _data,
    "Service": _service,
    "StatefulSet": _workload,
}
