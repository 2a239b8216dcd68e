"""The next thing that a Deployment needs. Pure: called again and again by `controller` until there is nothing left to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.deployment.bounds import Bounds, bounds_of, is_rolling
from twin.cluster.controllers.deployment.revisions import REVISION, Generations, due_revision, forgettable, new_replica_set, passed_on, revision_of
from twin.cluster.controllers.deployment.rolling import Size, current_size, rolled
from twin.cluster.controllers.deployment.scaling import Resize, resize, scaled, was_scaled
from twin.cluster.controllers.deployment.status import is_complete


@dataclass(frozen=True)
class Create:
    """A ReplicaSet for the current template."""

    replica_set: Object


@dataclass(frozen=True)
class Annotate:
    """The current ReplicaSet takes over a new revision, the Deployment's annotations or its minReadySeconds."""

    replica_set: Object
    annotations: dict[str, str]
    min_ready_seconds: int


@dataclass(frozen=True)
class Number:
    """The Deployment carries the revision of its current ReplicaSet."""

    revision: int


@dataclass(frozen=True)
class Scale:
    changes: tuple[Resize, ...]


@dataclass(frozen=True)
class Forget:
    """Old ReplicaSets beyond the history limit."""

    replica_sets: tuple[Object, ...]


Step: TypeAlias = Create | Annotate | Number | Scale | Forget


def next_step(deployment: Object, generations: Generations, *, old_pods_run: bool) -> Step | None:
    """None when only the status is left to write. `old_pods_run`: pods of old ReplicaSets have not ended yet, those being deleted included."""
    step = _annotate(deployment, generations) or _sizing(deployment, generations, bounds_of(deployment), old_pods_run)
    if step is not None:
        return step
    if generations.current is not None and revision_of(deployment) != due_revision(generations):
        return Number(due_revision(generations))
    may_forget = deployment["spec"].get("paused") or is_complete(deployment, generations)
    return _forget(deployment, generations) if may_forget else None


def _annotate(deployment: Object, generations: Generations) -> Annotate | None:
    current = generations.current
    if current is None:
        return None
    wanted = {**passed_on(deployment), REVISION: str(due_revision(generations))}
    min_ready_seconds = deployment["spec"].get("minReadySeconds", 0)
    up_to_date = wanted.items() <= (current["metadata"].get("annotations") or {}).items() and current["spec"].get("minReadySeconds", 0) == min_ready_seconds
    return None if up_to_date else Annotate(current, wanted, min_ready_seconds)


def _sizing(deployment: Object, generations: Generations, bounds: Bounds, old_pods_run: bool) -> Step | None:
    if deployment["spec"].get("paused"):
        return _scale(scaled(deployment, generations, bounds))
    if was_scaled(deployment, generations) and (step := _scale(scaled(deployment, generations, bounds))):
        return step
    return _roll(deployment, generations, bounds) if is_rolling(deployment) else _recreate(deployment, generations, bounds, old_pods_run)


def _roll(deployment: Object, generations: Generations, bounds: Bounds) -> Step | None:
    current, old = generations.current, generations.old
    if current is None:
        replicas = current_size(bounds, 0, sum(each["spec"]["replicas"] for each in old))
        return Create(new_replica_set(deployment, revision=due_revision(generations), replicas=replicas, most=bounds.most))
    replicas, old_replicas = rolled(bounds, _size(current), [_size(each) for each in old])
    return _sizes(bounds, [(current, replicas), *zip(old, old_replicas, strict=True)])


def _recreate(deployment: Object, generations: Generations, bounds: Bounds, old_pods_run: bool) -> Step | None:
    """All old pods end before the first new one is made."""
    if step := _sizes(bounds, [(each, 0) for each in generations.old]):
        return step
    if old_pods_run:
        return None
    if generations.current is None:
        return Create(new_replica_set(deployment, revision=due_revision(generations), replicas=bounds.replicas, most=bounds.most))
    return _sizes(bounds, [(generations.current, bounds.replicas)])


def _sizes(bounds: Bounds, wanted: Sequence[tuple[Object, int]]) -> Scale | None:
    changes = tuple(resize(replica_set, replicas, bounds) for replica_set, replicas in wanted if replica_set["spec"]["replicas"] != replicas)
    return Scale(changes) if changes else None


def _scale(changes: Sequence[Resize]) -> Scale | None:
    needed = tuple(change for change in changes if change.changes_anything)
    return Scale(needed) if needed else None


def _forget(deployment: Object, generations: Generations) -> Forget | None:
    forgotten = tuple(forgettable(deployment, generations.old))
    return Forget(forgotten) if forgotten else None


def _size(replica_set: Object) -> Size:
    return Size(replica_set["spec"]["replicas"], replica_set.get("status", {}).get("availableReplicas", 0))
