"""Which pods a ReplicaSet lacks or has too many of. Pure."""

import copy
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.ownership import controlled_by, reference_to
from twin.cluster.controllers.pods import is_active
from twin.cluster.controllers.replica_set.deletion_preference import first_to_go

_MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Need:
    """Make `missing` pods, or delete the `surplus` ones; one of them is nothing."""

    missing: int
    surplus: tuple[Object, ...]


def replicas_of(replica_set: Object, pods: Iterable[Object], doomed: Collection[str]) -> list[Object]:
    """The pods that count as its replicas. `doomed`: uids of pods that we have deleted already, although the informer doesn't say so yet."""
    return [pod for pod in controlled_by(replica_set, pods) if is_active(pod) and pod["metadata"]["uid"] not in doomed]


def need_of(replica_set: Object, replicas: Collection[Object]) -> Need:
    """Nothing for a ReplicaSet that is being deleted."""
    if replica_set["metadata"].get("deletionTimestamp"):
        return Need(0, ())
    difference = replica_set["spec"]["replicas"] - len(replicas)
    if difference >= 0:
        return Need(min(difference, _MOST_AT_ONCE), ())
    return Need(0, tuple(first_to_go(replicas)[: min(-difference, _MOST_AT_ONCE)]))


def batches(missing: int) -> Iterator[int]:
    """1, 2, 4 ...: so that a quota that refuses everything isn't asked hundreds of times."""
    size = 1
    while missing > 0:
        size = min(size, missing)
        yield size
        missing -= size
        size *= 2


def new_pod(replica_set: Object) -> Object:
    """The server chooses the end of its name."""
    template = replica_set["spec"]["template"]
    about = template.get("metadata", {})
    metadata: Object = {
        "generateName": f"{replica_set['metadata']['name']}-",
        "namespace": replica_set["metadata"]["namespace"],
        "ownerReferences": [reference_to(replica_set)],
    }
    for name in ("labels", "annotations", "finalizers"):
        if about.get(name):
            metadata[name] = copy.deepcopy(about[name])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": copy.deepcopy(template["spec"])}
