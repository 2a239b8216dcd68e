"""Deletes finished Jobs, and with them their pods, after `ttlSecondsAfterFinished`. Made by `control_plane`.

https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
"""

from datetime import datetime, timedelta

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import JOBS, Object
from twin.cluster.controllers import timestamps
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.job.verdict import finished_at
from twin.cluster.controllers.queue import WorkQueue


def seconds_left(job: Object, now: datetime) -> float | None:
    """None when it stays, isn't finished yet or is being deleted already."""
    keep, end = job["spec"].get("ttlSecondsAfterFinished"), finished_at(job)
    if keep is None or end is None or job["metadata"].get("deletionTimestamp"):
        return None
    return max(0.0, (end + timedelta(seconds=keep) - now).total_seconds())


class FinishedJobsController:
    def __init__(self, api: Api, informers: Informers) -> None:
        self._api = api
        self._jobs = informers.of(JOBS)
        self.queue: WorkQueue[Key] = WorkQueue("finished job", self._reconcile)
        self._jobs.listen(lambda before, after: self.queue.add(key_of(after or before or {})))

    async def _reconcile(self, key: Key) -> float | None:
        job = self._jobs.get(*key)
        left = None if job is None else seconds_left(job, timestamps.now())
        if job is None or left is None or left > 0:
            return left
        self._jobs.answered(await self._api.delete(JOBS, job, propagation="Foreground"))
        return None
