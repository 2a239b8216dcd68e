"""What a Deployment's status says, counted from the status of its ReplicaSets. Pure.

Source: calculateStatus in pkg/controller/deployment/sync.go. Numbers that are 0 are absent, as a real server leaves them out.
"""

from collections.abc import Iterable
from datetime import datetime

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.deployment.bounds import bounds_of
from twin.cluster.controllers.deployment.progress import with_progress
from twin.cluster.controllers.deployment.revisions import Generations


def counted(deployment: Object, generations: Generations) -> Object:
    """The numbers alone."""
    everything = generations.all
    asked_for = sum(each["spec"]["replicas"] for each in everything)
    available = _sum(everything, "availableReplicas")
    numbers = {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": _sum(everything, "replicas"),
        "updatedReplicas": _sum((generations.current,) if generations.current else (), "replicas"),
        "readyReplicas": _sum(everything, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, asked_for - available),
        "collisionCount": deployment.get("status", {}).get("collisionCount", 0),
    }
    return {name: number for name, number in numbers.items() if number}


def is_complete(deployment: Object, generations: Generations) -> bool:
    """All pods are new, as many as wanted, and available."""
    return _is_complete(deployment, counted(deployment, generations))


def status_of(deployment: Object, generations: Generations, now: datetime) -> Object:
    """The whole status that is due now. Compare it with the present one before writing it."""
    status = counted(deployment, generations)
    present = deployment.get("status", {}).get("conditions", [])
    entries = conditions.with_condition(present, _availability(deployment, status), now, with_update_time=True)
    entries = with_progress(deployment, status, entries, generations, is_complete=_is_complete(deployment, status), now=now)
    status["conditions"] = _with_replica_failure(entries, generations)
    return status


def _is_complete(deployment: Object, status: Object) -> bool:
    replicas = deployment["spec"]["replicas"]
    return all(status.get(name, 0) == replicas for name in ("updatedReplicas", "replicas", "availableReplicas"))


def _availability(deployment: Object, status: Object) -> Condition:
    if status.get("availableReplicas", 0) >= bounds_of(deployment).fewest_available:
        return Condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    return Condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")


def _with_replica_failure(entries: list[Object], generations: Generations) -> list[Object]:
    """The failure of the current ReplicaSet to create or delete pods, or else of an old one."""
    candidates = ((generations.current,) if generations.current else ()) + generations.old
    failures = [failure for each in candidates if (failure := conditions.found(each.get("status", {}).get("conditions", ()), "ReplicaFailure"))]
    if not failures:
        return conditions.without(entries, "ReplicaFailure")
    failure = {**failures[0], "lastUpdateTime": failures[0]["lastTransitionTime"]}
    if conditions.found(entries, "ReplicaFailure") is None:
        return [*entries, failure]
    return [failure if entry["type"] == "ReplicaFailure" else entry for entry in entries]


def _sum(replica_sets: Iterable[Object], name: str) -> int:
    return sum(each.get("status", {}).get(name, 0) for each in replica_sets)
