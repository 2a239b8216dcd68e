"""Which pods a Job lacks or has too many of, and what a new one looks like. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.job.tally import TRACKING
from twin.cluster.controllers.replica_set import replicas
from twin.cluster.controllers.replica_set.deletion_preference import first_to_go

_MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Need:
    """Make `missing` pods, or delete the `surplus` ones; one of them is nothing."""

    missing: int
    surplus: tuple[Object, ...]


def is_suspended(job: Object) -> bool:
    return bool(job["spec"].get("suspend"))


def need_of(job: Object, active: Collection[Object], succeeded: int, terminating: int) -> Need:
    """`active`: pods that run or will; `succeeded` and `terminating`: how many."""
    wanted = 0 if is_suspended(job) else _wanted(job["spec"], len(active), succeeded)
    if len(active) > wanted:
        return Need(0, tuple(first_to_go(active)[: min(len(active) - wanted, _MOST_AT_ONCE)]))
    replaces_only_ended = job["spec"].get("podReplacementPolicy") == "Failed"
    return Need(max(0, min(wanted - len(active) - (terminating if replaces_only_ended else 0), _MOST_AT_ONCE)), ())


def new_pod(job: Object) -> Object:
    """The server chooses the end of its name. It can't go before it is counted."""
    pod = replicas.new_pod(job)
    pod["metadata"]["finalizers"] = [*pod["metadata"].get("finalizers", ()), TRACKING]
    return pod


def _wanted(spec: Object, active: int, succeeded: int) -> int:
    """Without `completions`, as with a work queue, the first success says that no more are needed."""
    parallelism = int(spec.get("parallelism", 1))
    if "completions" not in spec:
        return active if succeeded else parallelism
    return max(0, min(parallelism, int(spec["completions"]) - succeeded))
