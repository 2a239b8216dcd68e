"""What a Job's status says. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions, timestamps
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.job.need import is_suspended
from twin.cluster.controllers.job.tally import Tally, members
from twin.cluster.controllers.job.verdict import Verdict
from twin.cluster.controllers.pods import has_ended, is_active, is_leaving, is_ready

SUSPENDED = Condition("Suspended", "True", "JobSuspended", "Job suspended")
RESUMED = Condition("Suspended", "False", "JobResumed", "Job resumed")
_COUNTED = ("active", "ready", "terminating", "succeeded", "failed", "uncountedTerminatedPods")


def terminating(pods: Collection[Object]) -> int:
    return sum(is_leaving(pod) and not has_ended(pod) for pod in pods)


def started(job: Object, now: datetime) -> Object:
    """The Job with the time from which its deadline counts: not while it is suspended."""
    status = job.get("status", {})
    if "startTime" in status or is_suspended(job):
        return job
    return {**job, "status": {**status, "startTime": timestamps.written(now)}}


def turn_of(job: Object) -> Condition | None:
    """When it was suspended or resumed since the last look. A Job that never was suspended isn't resumed."""
    known = conditions.found(job.get("status", {}).get("conditions", ()), "Suspended")
    was_suspended = known is not None and known["status"] == "True"
    if is_suspended(job) == was_suspended:
        return None
    return SUSPENDED if is_suspended(job) else RESUMED


def status_of(job: Object, pods: Collection[Object], tally: Tally, now: datetime, *, turn: Condition | None, verdict: Verdict | None) -> Object:
    """The whole status that is due now. `verdict` is told in full once every pod is counted and none is left running."""
    active = [pod for pod in pods if is_active(pod)]
    status = {name: value for name, value in job.get("status", {}).items() if name not in _COUNTED}
    if active:
        status["active"] = len(active)
    status |= {"ready": sum(is_ready(pod) for pod in active), "terminating": terminating(pods), **members(tally)}
    entries: Sequence[Object] = status.get("conditions", ())
    if turn:
        entries = _with(entries, turn, now)
        if turn is RESUMED:
            status["startTime"] = timestamps.written(now)
    if verdict:
        entries = _with(entries, Condition(verdict.interim, "True", verdict.reason, verdict.message), now)
        if tally.is_settled and not active and not status["terminating"]:
            entries = _with(entries, Condition(verdict.last, "True", verdict.reason, verdict.message), now)
            if not verdict.is_failure:
                status.setdefault("completionTime", timestamps.written(now))
    return {**status, "conditions": list(entries)} if entries else status


def _with(entries: Sequence[Object], condition: Condition, now: datetime) -> list[Object]:
    """A Job's conditions have `lastProbeTime` as well."""
    updated = conditions.with_condition(entries, condition, now)
    return [{**entry, "lastProbeTime": entry.get("lastProbeTime", timestamps.written(now))} if entry["type"] == condition.type else entry for entry in updated]
