"""What an object is taken to say when it doesn't: filled in on every write, before it is checked and stored. Called by `storage.writing`.

Source: the `defaults.go` of each group in k8s.io/kubernetes/pkg/apis. Left out: Ingress classes, node ports, HPA behaviour.
"""

import base64
from collections.abc import Callable

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.pod_defaults import set_defaults, set_pod_spec_defaults

_NAMESPACE_LABEL = "kubernetes.io/metadata.name"


def set_object_defaults(resource: Resource, item: Object) -> None:
    """Changes `item` in place."""
    if fill := _BY_KIND.get(resource.kind):
        fill(item)


def _pod(item: Object) -> None:
    spec = item.setdefault("spec", {})
    spec.setdefault("serviceAccountName", "default")
    set_pod_spec_defaults(spec)
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    item.setdefault("status", {}).setdefault("phase", "Pending")


def _template(spec: Object) -> None:
    template = spec.setdefault("template", {})
    set_pod_spec_defaults(template.setdefault("spec", {}))


def _deployment(item: Object) -> None:
    spec = item.setdefault("spec", {})
    set_defaults(spec, {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600})
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        set_defaults(strategy.setdefault("rollingUpdate", {}), {"maxSurge": "25%", "maxUnavailable": "25%"})
    _template(spec)


def _replicas(item: Object) -> None:
    spec = item.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(spec)


def _stateful_set(item: Object) -> None:
    _replicas(item)
    set_defaults(item["spec"], {"revisionHistoryLimit": 10, "podManagementPolicy": "OrderedReady"})
    strategy = item["spec"].setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)


def _daemon_set(item: Object) -> None:
    spec = item.setdefault("spec", {})
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        set_defaults(strategy.setdefault("rollingUpdate", {}), {"maxSurge": 0, "maxUnavailable": 1})
    _template(spec)


def _job(item: Object) -> None:
    spec = item.setdefault("spec", {})
    if "parallelism" not in spec:
        set_defaults(spec, {"completions": 1, "parallelism": 1})
    set_defaults(spec, {"backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False})
    spec.setdefault("podReplacementPolicy", "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")
    _template(spec)
    if spec["template"].get("metadata", {}).get("labels"):
        item["metadata"].setdefault("labels", dict(spec["template"]["metadata"]["labels"]))
    if not spec.get("manualSelector") and "selector" not in spec:
        _generate_selector(item)


def _generate_selector(job: Object) -> None:
    """Of the labels, the uid alone selects the pods."""
    uid, name = job["metadata"]["uid"], job["metadata"]["name"]
    job["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    labels = job["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {})
    for prefix in ("", "batch.kubernetes.io/"):
        set_defaults(labels, {f"{prefix}controller-uid": uid, f"{prefix}job-name": name})


def _cron_job(item: Object) -> None:
    spec = item.setdefault("spec", {})
    set_defaults(spec, {"concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1})
    _template(spec.setdefault("jobTemplate", {}).setdefault("spec", {}))


def _service(item: Object) -> None:
    spec = item.setdefault("spec", {})
    set_defaults(spec, {"type": "ClusterIP", "sessionAffinity": "None"})
    if spec["type"] != "ExternalName":
        set_defaults(spec, {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster"})
    for port in spec.get("ports", ()):
        port.setdefault("protocol", "TCP")
        if "port" in port:
            port.setdefault("targetPort", port["port"])
    item.setdefault("status", {}).setdefault("loadBalancer", {})


def _secret(item: Object) -> None:
    item.setdefault("type", "Opaque")
    for name, text in item.pop("stringData", {}).items():
        item.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()


def _namespace(item: Object) -> None:
    item.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    item.setdefault("status", {}).setdefault("phase", "Active")
    item["metadata"].setdefault("labels", {})[_NAMESPACE_LABEL] = item["metadata"]["name"]


def _ingress(item: Object) -> None:
    item.setdefault("status", {}).setdefault("loadBalancer", {})


def _network_policy(item: Object) -> None:
    spec = item.setdefault("spec", {})
    spec.setdefault("policyTypes", ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    for rule in [*spec.get("ingress", ()), *spec.get("egress", ())]:
        for port in rule.get("ports", ()):
            port.setdefault("protocol", "TCP")


def _autoscaler(item: Object) -> None:
    item.setdefault("spec", {}).setdefault("minReplicas", 1)


def _binding(item: Object) -> None:
    if "roleRef" in item:
        item["roleRef"].setdefault("apiGroup", "rbac.authorization.k8s.io")
    for subject in item.get("subjects", ()):
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", "rbac.authorization.k8s.io")


def _endpoint_slice(item: Object) -> None:
    for port in item.get("ports", ()):
        set_defaults(port, {"name": "", "protocol": "TCP"})


def _node(item: Object) -> None:
    item.setdefault("spec", {})
    item.setdefault("status", {})


_BY_KIND: dict[str, Callable[[Object], None]] = {
    "CronJob": _cron_job,
    "ClusterRoleBinding": _binding,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "EndpointSlice": _endpoint_slice,
    "HorizontalPodAutoscaler": _autoscaler,
    "Ingress": _ingress,
    "Job": _job,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "Node": _node,
    "Pod": _pod,
    "ReplicaSet": _replicas,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _stateful_set,
}
