"""Sizes when only `spec.replicas` has changed, or the Deployment is paused: no step of a rollout, the ReplicaSets keep their shares.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#proportional-scaling
Source: scale and GetReplicaSetProportion in pkg/controller/deployment.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.deployment.bounds import Bounds
from twin.cluster.controllers.deployment.revisions import DESIRED, MOST, Generations


@dataclass(frozen=True)
class Resize:
    """Give `replica_set` this many replicas, and note for which `spec.replicas` and which most pods that was meant."""

    replica_set: Object
    replicas: int
    desired: int
    most: int

    @property
    def changes_size(self) -> bool:
        return bool(self.replica_set["spec"]["replicas"] != self.replicas)

    @property
    def changes_anything(self) -> bool:
        notes = self.replica_set["metadata"].get("annotations") or {}
        return self.changes_size or notes.get(DESIRED) != str(self.desired) or notes.get(MOST) != str(self.most)


def resize(replica_set: Object, replicas: int, bounds: Bounds) -> Resize:
    return Resize(replica_set, replicas, bounds.replicas, bounds.most)


def was_scaled(deployment: Object, generations: Generations) -> bool:
    """Has `spec.replicas` changed since a ReplicaSet with pods got its size?"""
    desired = str(deployment["spec"]["replicas"])
    noted = [(each["metadata"].get("annotations") or {}).get(DESIRED) for each in generations.all if each["spec"]["replicas"]]
    return any(note is not None and note != desired for note in noted)


def scaled(deployment: Object, generations: Generations, bounds: Bounds) -> list[Resize]:
    """With one ReplicaSet that has pods, it gets all; with a finished rollout, the current one; in the middle of a rollout, each its share."""
    active = [each for each in generations.all if each["spec"]["replicas"]]
    if len(active) <= 1:
        only = active[0] if active else generations.current or (generations.old[-1] if generations.old else None)
        return [] if only is None else [resize(only, bounds.replicas, bounds)]
    current = generations.current
    if current is not None and _has_all_available(current, bounds):
        return [resize(each, 0, bounds) for each in generations.old]
    return _shared_out(deployment, active, bounds) if deployment["spec"]["strategy"]["type"] == "RollingUpdate" else []


def _has_all_available(current: Object, bounds: Bounds) -> bool:
    noted = (current["metadata"].get("annotations") or {}).get(DESIRED)
    available = current.get("status", {}).get("availableReplicas", 0)
    return bool(current["spec"]["replicas"] == bounds.replicas and noted == str(bounds.replicas) and available == bounds.replicas)


def _shared_out(deployment: Object, active: Sequence[Object], bounds: Bounds) -> list[Resize]:
    most = bounds.most if bounds.replicas else 0
    missing = most - sum(each["spec"]["replicas"] for each in active)
    # Largest first; of equals the newest first when growing, the oldest first when shrinking.
    by_age = sorted(active, key=lambda each: str(each["metadata"]["creationTimestamp"]), reverse=missing > 0)
    by_size = sorted(by_age, key=lambda each: -int(each["spec"]["replicas"]))
    sizes: list[int] = []
    left = missing
    for each in by_size:
        present = each["spec"]["replicas"]
        share = _share(deployment, each, bounds)
        change = min(max(share, 0), left) if missing > 0 else max(min(share, 0), left)
        sizes.append(present + change)
        left -= change
    sizes[0] = max(0, sizes[0] + left)
    return [resize(each, size, bounds) for each, size in zip(by_size, sizes, strict=True)]


def _share(deployment: Object, replica_set: Object, bounds: Bounds) -> int:
    """By how much one ReplicaSet grows so that it keeps its part of the most pods there may be."""
    present = int(replica_set["spec"]["replicas"])
    if bounds.replicas == 0:
        return -present
    noted = int((replica_set["metadata"].get("annotations") or {}).get(MOST, 0))
    before = noted or int(deployment.get("status", {}).get("replicas", 0)) or bounds.most
    return math.floor(present * bounds.most / before + 0.5) - present
