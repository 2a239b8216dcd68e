"""What a ReplicaSet's status says about its pods. Pure.

Source: calculateStatus in pkg/controller/replicaset/replica_set_utils.go. Numbers that are 0 are absent, but for `replicas`, as a real server leaves them out.
"""

from collections.abc import Collection
from datetime import datetime

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.pods import available_at, has_labels, is_ready

_FAILURE = "ReplicaFailure"


def failed_create(message: str) -> Condition:
    return Condition(_FAILURE, "True", "FailedCreate", message)


def failed_delete(message: str) -> Condition:
    return Condition(_FAILURE, "True", "FailedDelete", message)


def status_of(replica_set: Object, replicas: Collection[Object], failure: Condition | None, now: datetime) -> Object:
    """The whole status that is due now. `failure`: why pods could not be made or deleted just now; the first reason of a series stays."""
    labels = replica_set["spec"]["template"].get("metadata", {}).get("labels", {})
    min_ready_seconds = replica_set["spec"].get("minReadySeconds", 0)
    available = [at for pod in replicas if (at := available_at(pod, min_ready_seconds)) is not None and at <= now]
    numbers = {
        "fullyLabeledReplicas": sum(has_labels(pod, labels) for pod in replicas),
        "readyReplicas": sum(is_ready(pod) for pod in replicas),
        "availableReplicas": len(available),
        "observedGeneration": replica_set["metadata"]["generation"],
    }
    status: Object = {"replicas": len(replicas), **{name: number for name, number in numbers.items() if number}}
    present = replica_set.get("status", {}).get("conditions", [])
    entries = conditions.with_condition(present, failure, now) if failure else conditions.without(present, _FAILURE)
    if entries:
        status["conditions"] = entries
    return status


def seconds_until_available(replica_set: Object, replicas: Collection[Object], now: datetime) -> float | None:
    """Until the next ready pod counts as available; None when none is waiting for that."""
    moments = [at for pod in replicas if (at := available_at(pod, replica_set["spec"].get("minReadySeconds", 0))) is not None and at > now]
    return (min(moments) - now).total_seconds() if moments else None
