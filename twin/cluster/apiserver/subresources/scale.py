"""The scale of a workload: how many replicas, seen and set without knowing the kind. Used by kubectl scale and autoscalers.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ (Scale, autoscaling/v1)
"""

from typing import Any

from twin.cluster.apiserver.errors import bad_request
from twin.cluster.apiserver.objects import Object


def of(workload: Object) -> Object:
    about, spec = workload["metadata"], workload["spec"]
    labels = spec.get("selector", {}).get("matchLabels", {})
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: about[name] for name in kept if name in about},
        "spec": {"replicas": spec.get("replicas", 0)},
        "status": {"replicas": workload.get("status", {}).get("replicas", 0), "selector": ",".join(f"{name}={value}" for name, value in labels.items())},
    }


def scaled(workload: Object, wanted: Any) -> Object:
    """The workload with the replicas of a Scale; a resourceVersion in the Scale is the workload's. Bad request for anything else."""
    match wanted:
        case {"metadata": dict(about), "spec": {"replicas": int(replicas)}} if replicas >= 0:
            version = about.get("resourceVersion", workload["metadata"]["resourceVersion"])
        case {"metadata": dict(about)} if not (wanted.get("spec") or {}).get("replicas"):
            version, replicas = about.get("resourceVersion", workload["metadata"]["resourceVersion"]), 0
        case _:
            raise bad_request("spec.replicas: Invalid value: must be a number greater than or equal to 0")
    return {**workload, "metadata": {**workload["metadata"], "resourceVersion": version}, "spec": {**workload["spec"], "replicas": replicas}}
