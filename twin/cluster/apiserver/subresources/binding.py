"""A pod's binding: the scheduler gives a pod to a node. https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/

Left out: the condition PodScheduled, which the node reports with all others.
"""

from typing import Any

from twin.cluster.apiserver.errors import ApiError, bad_request
from twin.cluster.apiserver.objects import Object


def bound(pod: Object, binding: Any) -> Object:
    """The pod with its node. ApiError 409 when it has one already."""
    match binding:
        case {"target": {"name": str(node)}} if node:
            pass
        case _:
            raise bad_request("binding: target.name is required")
    about, spec = pod["metadata"], pod["spec"]
    if about.get("deletionTimestamp"):
        raise ApiError(409, "Conflict", f'pod "{about["name"]}" is being deleted, cannot be assigned to a host')
    if spec.get("nodeName"):
        raise ApiError(409, "Conflict", f'pod {about["name"]} is already assigned to node "{spec["nodeName"]}"')
    return {**pod, "spec": {**spec, "nodeName": node}}
