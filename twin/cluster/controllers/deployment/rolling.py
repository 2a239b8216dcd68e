"""The arithmetic of a rolling update: from the present sizes of the ReplicaSets to the next ones. Numbers only.

Never more than `bounds.most` pods, never fewer than `bounds.fewest_available` available ones through our doing; old pods that don't work go first.
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
Source: rolling.go and NewRSNewReplicas in pkg/controller/deployment. Other than there, the new ReplicaSet grows and the old ones shrink in one go: the
second half counts the pods that the first half just asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.cluster.controllers.deployment.bounds import Bounds


@dataclass(frozen=True)
class Size:
    """`replicas` asked for, `available` of them, as far as known: never more than were asked for, since the rest is on its way out."""

    replicas: int
    available: int = 0


def rolled(bounds: Bounds, current: Size, old: Sequence[Size]) -> tuple[int, list[int]]:
    """The sizes to ask for next: that of the current ReplicaSet and those of the old ones (oldest first, as given)."""
    grown = Size(current_size(bounds, current.replicas, sum(each.replicas for each in old)), current.available)
    return grown.replicas, _shrunk(bounds, grown, list(old))


def current_size(bounds: Bounds, present: int, old: int) -> int:
    """As many as wanted, and as the bound on all pods leaves room for beside `old` ones. More than wanted is cut at once."""
    room = max(0, bounds.most - present - old)
    return min(bounds.replicas, present + room)


def _shrunk(bounds: Bounds, current: Size, old: list[Size]) -> list[int]:
    """Broken pods and working ones come out of one budget: once all broken ones are gone, what is left of it is what is available beyond the fewest."""
    current_unavailable = current.replicas - min(current.available, current.replicas)
    budget = max(0, current.replicas + sum(each.replicas for each in old) - bounds.fewest_available - current_unavailable)
    sizes = []
    for each in old:
        broken = min(budget, max(0, each.replicas - each.available))
        sizes.append(each.replicas - broken)
        budget -= broken
    for position, replicas in enumerate(sizes):
        working = min(budget, replicas)
        sizes[position] -= working
        budget -= working
    return sizes
