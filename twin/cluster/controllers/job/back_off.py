"""When the next pod of a Job may be tried after failures: 10 s, doubling to 10 min, from the newest failure on. Pure.

https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import conditions, timestamps

_FIRST_SECONDS = 10.0
_LONGEST_SECONDS = 600.0


@dataclass(frozen=True)
class BackOff:
    """`failures` since the last success, the newest of them at `since`."""

    failures: int = 0
    since: datetime | None = None

    def after(self, succeeded: Collection[Object], failed: Collection[Object]) -> "BackOff":
        """With pods that have ended since."""
        ends = sorted(map(ended_at, failed))
        if succeeded:
            newest_success = max(map(ended_at, succeeded))
            ends = [end for end in ends if end > newest_success]
            return BackOff(len(ends), ends[-1] if ends else None)
        return BackOff(self.failures + len(ends), ends[-1]) if ends else self

    def seconds_left(self, now: datetime) -> float:
        if self.since is None:
            return 0.0
        pause = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(self.failures - 1, 10))
        return max(0.0, (self.since + timedelta(seconds=pause) - now).total_seconds())


def ended_at(pod: Object) -> datetime:
    """When its last container ended; else since when it isn't ready; else when its deletion was asked for; else when it was made."""
    about, status = pod["metadata"], pod.get("status", {})
    ends = [container.get("state", {}).get("terminated", {}).get("finishedAt") for container in status.get("containerStatuses", ())]
    if ends and all(ends):
        return max(map(timestamps.read, ends))
    ready = conditions.found(status.get("conditions", ()), "Ready")
    if ready and ready["status"] == "False" and ready.get("lastTransitionTime"):
        return timestamps.read(ready["lastTransitionTime"])
    if about.get("deletionTimestamp"):
        return timestamps.read(about["deletionTimestamp"]) - timedelta(seconds=about.get("deletionGracePeriodSeconds", 0))
    return timestamps.read(about["creationTimestamp"])
