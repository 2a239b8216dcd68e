"""Which ReplicaSet is which: the one with the Deployment's current template, the older ones, and their revision numbers.

A template that comes back finds its ReplicaSet again and makes it the newest revision: that is what a rollback is.
"""

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.ownership import reference_to

REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
HASH_LABEL = "pod-template-hash"

_NOT_PASSED_ON = frozenset(
    {
        REVISION,
        DESIRED,
        MOST,
        "deployment.kubernetes.io/revision-history",
        "deprecated.deployment.rollback.to",
        "kubectl.kubernetes.io/last-applied-configuration",
    }
)
_HASH_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # no vowels: a name never spells a word
_HASH_LENGTH = 10


@dataclass(frozen=True)
class Generations:
    """A Deployment's ReplicaSets: `current` has its template, None when none has; `old` are the others, oldest first."""

    current: Object | None
    old: tuple[Object, ...]

    @property
    def all(self) -> tuple[Object, ...]:
        return self.old if self.current is None else (*self.old, self.current)


def generations_of(deployment: Object, replica_sets: Sequence[Object]) -> Generations:
    """`replica_sets`: those that the Deployment controls. Should two have its template, the older one is current."""
    wanted = _bare_template(deployment)
    by_age = sorted(replica_sets, key=lambda each: (each["metadata"]["creationTimestamp"], each["metadata"]["name"]))
    current = next((each for each in by_age if _bare_template(each) == wanted), None)
    return Generations(current, tuple(each for each in by_age if each is not current))


def revision_of(item: Object) -> int:
    """0 when it has none yet."""
    return int((item["metadata"].get("annotations") or {}).get(REVISION, 0))


def due_revision(generations: Generations) -> int:
    """The current template's revision: above that of every older ReplicaSet."""
    newest_old = max((revision_of(each) for each in generations.old), default=0)
    present = revision_of(generations.current) if generations.current else 0
    return max(newest_old + 1, present)


def passed_on(deployment: Object) -> dict[str, str]:
    """The Deployment's annotations that its current ReplicaSet carries too, such as the cause of a change."""
    annotations: dict[str, str] = deployment["metadata"].get("annotations") or {}
    return {name: value for name, value in annotations.items() if name not in _NOT_PASSED_ON}


def new_replica_set(deployment: Object, *, revision: int, replicas: int, most: int) -> Object:
    """For the current template. Its name tells the template's hash, so that making it twice fails instead of leaving two."""
    about, spec = deployment["metadata"], deployment["spec"]
    template = _bare_template(deployment)
    mark = template_hash(template, deployment.get("status", {}).get("collisionCount", 0))
    labels = {**template.get("metadata", {}).get("labels", {}), HASH_LABEL: mark}
    template["metadata"] = {**template.get("metadata", {}), "labels": labels}
    selector = copy.deepcopy(spec["selector"])
    selector["matchLabels"] = {**selector.get("matchLabels", {}), HASH_LABEL: mark}
    replica_set_spec: Object = {"replicas": replicas, "selector": selector, "template": template}
    if spec.get("minReadySeconds"):
        replica_set_spec["minReadySeconds"] = spec["minReadySeconds"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{about['name']}-{mark}",
            "namespace": about["namespace"],
            "labels": labels,
            "annotations": {**passed_on(deployment), REVISION: str(revision), DESIRED: str(spec["replicas"]), MOST: str(most)},
            "ownerReferences": [reference_to(deployment)],
        },
        "spec": replica_set_spec,
    }


def template_hash(template: Object, collisions: int) -> str:
    """`collisions`: how often a foreign ReplicaSet already had the name."""
    content = json.dumps([template, collisions], sort_keys=True).encode()
    number = int.from_bytes(hashlib.sha256(content).digest())
    letters = []
    for _ in range(_HASH_LENGTH):
        number, position = divmod(number, len(_HASH_LETTERS))
        letters.append(_HASH_LETTERS[position])
    return "".join(letters)


def forgettable(deployment: Object, old: Sequence[Object]) -> list[Object]:
    """The old ReplicaSets beyond `revisionHistoryLimit`, lowest revision first; never one that has, or is about to have, pods."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None:
        return []
    kept = sorted((each for each in old if not each["metadata"].get("deletionTimestamp")), key=revision_of)
    return [each for each in kept[: max(0, len(kept) - limit)] if _is_empty(each)]


def _is_empty(replica_set: Object) -> bool:
    status = replica_set.get("status", {})
    seen = status.get("observedGeneration", 0) >= replica_set["metadata"]["generation"]
    return bool(seen and not replica_set["spec"]["replicas"] and not status.get("replicas"))


def _bare_template(item: Object) -> Object:
    """A copy of the pod template without what a ReplicaSet's has in addition."""
    template: Object = copy.deepcopy(item["spec"]["template"])
    about = template.get("metadata", {})
    about.pop("creationTimestamp", None)
    about.get("labels", {}).pop(HASH_LABEL, None)
    return template
