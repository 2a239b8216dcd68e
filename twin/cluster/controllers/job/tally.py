"""How many pods of a Job have succeeded and failed, counted so that none is lost or counted twice. Pure.

Each pod has a finalizer until it is counted. First its uid goes into `uncountedTerminatedPods`, then the finalizer is removed, then the number rises.
https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.pods import is_leaving

TRACKING = "batch.kubernetes.io/job-tracking"


@dataclass(frozen=True)
class Tally:
    """`counted_*`: pods that are counted for good; the others are uids of pods that may still have the finalizer."""

    counted_succeeded: int = 0
    counted_failed: int = 0
    uncounted_succeeded: tuple[str, ...] = ()
    uncounted_failed: tuple[str, ...] = ()

    @property
    def succeeded(self) -> int:
        return self.counted_succeeded + len(self.uncounted_succeeded)

    @property
    def failed(self) -> int:
        return self.counted_failed + len(self.uncounted_failed)

    @property
    def is_settled(self) -> bool:
        return not self.uncounted_succeeded and not self.uncounted_failed

    def has(self, pod: Object) -> bool:
        return pod["metadata"]["uid"] in (*self.uncounted_succeeded, *self.uncounted_failed)


def is_tracked(pod: Object) -> bool:
    return TRACKING in pod["metadata"].get("finalizers", ())


def has_succeeded(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")


def has_failed(pod: Object, job: Object) -> bool:
    """A pod that is being deleted has failed too, unless the Job replaces only those that have ended."""
    if pod.get("status", {}).get("phase") == "Failed":
        return True
    return job["spec"].get("podReplacementPolicy") != "Failed" and is_leaving(pod) and not has_succeeded(pod)


def tally_of(status: Object) -> Tally:
    uncounted = status.get("uncountedTerminatedPods") or {}
    return Tally(status.get("succeeded", 0), status.get("failed", 0), tuple(uncounted.get("succeeded", ())), tuple(uncounted.get("failed", ())))


def settled(tally: Tally, pods: Iterable[Object]) -> Tally:
    """With those counted for good whose finalizer is gone, or who are gone altogether."""
    tracked = {pod["metadata"]["uid"] for pod in pods if is_tracked(pod)}
    succeeded = tuple(uid for uid in tally.uncounted_succeeded if uid in tracked)
    failed = tuple(uid for uid in tally.uncounted_failed if uid in tracked)
    return Tally(tally.succeeded - len(succeeded), tally.failed - len(failed), succeeded, failed)


def with_ended(tally: Tally, succeeded: Collection[Object], failed: Collection[Object]) -> Tally:
    return replace(
        tally,
        uncounted_succeeded=(*tally.uncounted_succeeded, *(pod["metadata"]["uid"] for pod in succeeded)),
        uncounted_failed=(*tally.uncounted_failed, *(pod["metadata"]["uid"] for pod in failed)),
    )


def members(tally: Tally) -> Object:
    """Of a Job's status. Numbers that are 0 are absent."""
    lists = {"succeeded": list(tally.uncounted_succeeded), "failed": list(tally.uncounted_failed)}
    numbers = {"succeeded": tally.counted_succeeded, "failed": tally.counted_failed}
    return {
        **{name: number for name, number in numbers.items() if number},
        "uncountedTerminatedPods": {name: uids for name, uids in lists.items() if uids},
    }
