"""The scale of a workload: how many replicas, seen and set without knowing the kind. Used by kubectl scale and autoscalers.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ (Scale, autoscaling/v1)
"""

from typing import Any

from twin.cluster.apiserver.errors import ApiError, bad_request
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
    """The workload with the replicas of a Scale; a resourceVersion in the Scale is the workload's. 422 for fewer than none, bad request for anything else."""
    match wanted:
        case {"metadata": dict(about), "spec": {"replicas": int(replicas)}} if replicas >= 0:
            version = about.get("resourceVersion", workload["metadata"]["resourceVersion"])
        case {"metadata": dict(about)} if not (wanted.get("spec") or {}).get("replicas"):
            version, replicas = about.get("resourceVersion", workload["metadata"]["resourceVersion"]), 0
        case {"metadata": dict(), "spec": {"replicas": int(replicas)}}:
            fault = f"Invalid value: {replicas}: must be greater than or equal to 0"
            name = workload["metadata"]["name"]
            causes = [{"reason": "FieldValueInvalid", "message": fault, "field": "spec.replicas"}]
            details = {"name": name, "group": "autoscaling", "kind": "Scale", "causes": causes}
            raise ApiError(422, "Invalid", f'Scale.autoscaling "{name}" is invalid: spec.replicas: {fault}', details)
        case _:
            raise bad_request("the object provided is not a Scale with a number of replicas")
    return {**workload, "metadata": {**workload["metadata"], "resourceVersion": version}, "spec": {**workload["spec"], "replicas": replicas}}
