"""The condition Progressing: is a rollout getting somewhere, and since when not? Pure; called by `status` and, at turning points, by `controller`.

A rollout that shows no progress for `progressDeadlineSeconds` has failed: False, ProgressDeadlineExceeded. Nothing is undone then, and progress turns it
back to True. A finished rollout stays finished (NewReplicaSetAvailable) whatever becomes of its pods.
Source: progress.go and DeploymentTimedOut in pkg/controller/deployment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions, timestamps
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.deployment.revisions import Generations
from twin.cluster.controllers.deployment.scaling import was_scaled

PROGRESSING = "Progressing"
FINISHED = "NewReplicaSetAvailable"
EXCEEDED = "ProgressDeadlineExceeded"
_PAUSED = "DeploymentPaused"
_SOONEST_SECONDS = 0.1


def created(name: str) -> Condition:
    """A rollout has begun: the deadline counts from here."""
    return Condition(PROGRESSING, "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')


def create_failed(name: str, message: str) -> Condition:
    return Condition(PROGRESSING, "False", "ReplicaSetCreateError", f'Failed to create new replica set "{name}": {message}')


def with_progress(deployment: Object, status: Object, entries: Sequence[Object], generations: Generations, *, is_complete: bool, now: datetime) -> list[Object]:
    """`entries` with the condition that is due; `status` has the new numbers, the Deployment still the old ones."""
    present = conditions.found(entries, PROGRESSING)
    if deployment["spec"].get("progressDeadlineSeconds") is None:
        return conditions.without(entries, PROGRESSING)
    if turn := _paused_or_resumed(deployment, present):
        return conditions.with_condition(entries, turn, now, with_update_time=True)
    stays_finished = present is not None and present.get("reason") == FINISHED and status.get("replicas", 0) == status.get("updatedReplicas", 0)
    if deployment["spec"].get("paused") or was_scaled(deployment, generations) or stays_finished:
        return list(entries)
    what = f'ReplicaSet "{generations.current["metadata"]["name"]}"' if generations.current else f'Deployment "{deployment["metadata"]["name"]}"'
    if is_complete:
        return conditions.with_condition(entries, Condition(PROGRESSING, "True", FINISHED, f"{what} has successfully progressed."), now, with_update_time=True)
    if present is None or _is_nearer(status, deployment.get("status", {})):
        progress = Condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{what} is progressing.")
        return conditions.with_condition(entries, progress, now, with_update_time=True, renew=True)
    if (left := _left(deployment, present, now)) is not None and left <= timedelta():
        return conditions.with_condition(entries, Condition(PROGRESSING, "False", EXCEEDED, f"{what} has timed out progressing."), now, with_update_time=True)
    return list(entries)


def seconds_left(deployment: Object, now: datetime) -> float | None:
    """Until the deadline is to be judged; None when no rollout is under way."""
    present = conditions.found(deployment.get("status", {}).get("conditions", ()), PROGRESSING)
    if present is None or deployment["spec"].get("progressDeadlineSeconds") is None or deployment["spec"].get("paused"):
        return None
    left = _left(deployment, present, now)
    return None if left is None else max(_SOONEST_SECONDS, left.total_seconds())


def _left(deployment: Object, present: Object, now: datetime) -> timedelta | None:
    if present.get("reason") in (FINISHED, EXCEEDED):
        return None
    return timestamps.read(present["lastUpdateTime"]) + timedelta(seconds=deployment["spec"]["progressDeadlineSeconds"]) - now


def _paused_or_resumed(deployment: Object, present: Object | None) -> Condition | None:
    """The time of a pause doesn't count. A rollout that has failed already stays failed."""
    reason = present.get("reason") if present else None
    if reason == EXCEEDED:
        return None
    if deployment["spec"].get("paused"):
        return None if reason == _PAUSED else Condition(PROGRESSING, "Unknown", _PAUSED, "Deployment is paused")
    return Condition(PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed") if reason == _PAUSED else None


def _is_nearer(status: Object, before: Object) -> bool:
    """More new pods, fewer old ones, or more that work."""

    def old_pods(numbers: Object) -> int:
        return int(numbers.get("replicas", 0)) - int(numbers.get("updatedReplicas", 0))

    grew = any(status.get(name, 0) > before.get(name, 0) for name in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    return grew or old_pods(status) < old_pods(before)
