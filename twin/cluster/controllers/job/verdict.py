"""Is a Job over, and why? Pure.

What is decided is told at once by an interim condition (SuccessCriteriaMet, FailureTarget), and by the last one (Complete, Failed) when no pod is left running.
https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions, timestamps
from twin.cluster.controllers.job.need import is_suspended

_SUCCESS = ("SuccessCriteriaMet", "Complete")
_FAILURE = ("FailureTarget", "Failed")


@dataclass(frozen=True)
class Verdict:
    """`interim` and `last` are types of conditions."""

    interim: str
    last: str
    reason: str
    message: str

    @property
    def is_failure(self) -> bool:
        return self.last == "Failed"


COMPLETIONS_REACHED = Verdict(*_SUCCESS, "CompletionsReached", "Reached expected number of succeeded pods")
BACKOFF_LIMIT_EXCEEDED = Verdict(*_FAILURE, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
DEADLINE_EXCEEDED = Verdict(*_FAILURE, "DeadlineExceeded", "Job was active longer than specified deadline")


def finished_at(job: Object) -> datetime | None:
    """None while it isn't finished."""
    for kind in ("Complete", "Failed"):
        condition = conditions.found(job.get("status", {}).get("conditions", ()), kind)
        if condition and condition["status"] == "True":
            return timestamps.read(condition["lastTransitionTime"])
    return None


def standing(job: Object) -> Verdict | None:
    """What was decided earlier."""
    for interim, last in (_SUCCESS, _FAILURE):
        condition = conditions.found(job.get("status", {}).get("conditions", ()), interim)
        if condition and condition["status"] == "True":
            return Verdict(interim, last, condition.get("reason", ""), condition.get("message", ""))
    return None


def failure_of(job: Object, pods: Iterable[Object], failed: int, now: datetime) -> Verdict | None:
    """`failed`: how many pods."""
    if failed > job["spec"]["backoffLimit"] or _restarted_too_often(job, pods):
        return BACKOFF_LIMIT_EXCEEDED
    left = seconds_until_deadline(job, now)
    return DEADLINE_EXCEEDED if left is not None and left <= 0 else None


def success_of(job: Object, active: int, succeeded: int) -> Verdict | None:
    """Without `completions`: one success, and no pod that still works."""
    is_complete = not active and (succeeded >= job["spec"]["completions"] if "completions" in job["spec"] else succeeded > 0)
    return COMPLETIONS_REACHED if is_complete else None


def seconds_until_deadline(job: Object, now: datetime) -> float | None:
    """None when there is no deadline, or it doesn't count now."""
    allowed, started = job["spec"].get("activeDeadlineSeconds"), job.get("status", {}).get("startTime")
    if allowed is None or started is None or is_suspended(job):
        return None
    return (timestamps.read(started) + timedelta(seconds=allowed) - now).total_seconds()


def _restarted_too_often(job: Object, pods: Iterable[Object]) -> bool:
    """Restarts of containers count when the pods restart them by themselves."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts = sum(
        container.get("restartCount", 0)
        for pod in pods
        if pod.get("status", {}).get("phase") in ("Pending", "Running")
        for group in ("initContainerStatuses", "containerStatuses")
        for container in pod["status"].get(group, ())
    )
    return bool(restarts >= max(1, job["spec"]["backoffLimit"]))
