"""What a pod's status says about it. Pure; used by every controller that counts pods.

Source: pkg/api/v1/pod and pkg/controller/controller_utils.go in k8s.io/kubernetes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions, timestamps

_ENDED = ("Succeeded", "Failed")


def is_leaving(pod: Object) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def has_ended(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in _ENDED


def is_active(pod: Object) -> bool:
    """Does it count as a replica?"""
    return not is_leaving(pod) and not has_ended(pod)


def is_ready(pod: Object) -> bool:
    """By its condition alone: whoever gives it traffic also asks `is_leaving`."""
    return _ready_condition(pod) is not None


def ready_since(pod: Object) -> datetime | None:
    """None while it isn't ready."""
    condition = _ready_condition(pod)
    return timestamps.read(condition["lastTransitionTime"]) if condition and condition.get("lastTransitionTime") else None


def available_at(pod: Object, min_ready_seconds: int) -> datetime | None:
    """The moment from which it counts as available; None while it isn't ready."""
    since = ready_since(pod)
    return None if since is None else since + timedelta(seconds=min_ready_seconds)


def has_labels(item: Object, wanted: Mapping[str, str]) -> bool:
    labels = item["metadata"].get("labels") or {}
    return wanted.items() <= labels.items()


def _ready_condition(pod: Object) -> Object | None:
    condition = conditions.found(pod.get("status", {}).get("conditions", ()), "Ready")
    return condition if condition and condition["status"] == "True" else None
