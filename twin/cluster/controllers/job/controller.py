"""Makes, counts and deletes the pods of Jobs, and reports. Made by `control_plane`.

No pod is made or counted twice: the server's answer to each write goes into the informer before the Job is looked at again.
"""

import asyncio
from collections.abc import Collection

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import JOBS, PODS, Object
from twin.cluster.controllers import timestamps
from twin.cluster.controllers.event_recorder import EventRecorder
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.job.back_off import BackOff
from twin.cluster.controllers.job.need import is_suspended, need_of, new_pod
from twin.cluster.controllers.job.status import started, status_of, terminating, turn_of
from twin.cluster.controllers.job.tally import TRACKING, Tally, has_failed, has_succeeded, is_tracked, settled, tally_of, with_ended
from twin.cluster.controllers.job.verdict import Verdict, failure_of, finished_at, seconds_until_deadline, standing, success_of
from twin.cluster.controllers.ownership import controlled_by, controller_of
from twin.cluster.controllers.pods import is_active
from twin.cluster.controllers.queue import TryAgain, WorkQueue
from twin.cluster.controllers.replica_set.replicas import batches

_COMPONENT = "job-controller"
_JOB_NAME = "batch.kubernetes.io/job-name"


class JobController:
    def __init__(self, api: Api, informers: Informers, recorder: EventRecorder) -> None:
        self._api = api
        self._recorder = recorder
        self._jobs = informers.of(JOBS)
        self._pods = informers.of(PODS)
        self._back_offs: dict[str, BackOff] = {}
        self.queue: WorkQueue[Key] = WorkQueue("job", self._reconcile)
        self._jobs.listen(self._job_changed)
        self._pods.listen(self._pod_changed)

    def _job_changed(self, before: Object | None, after: Object | None) -> None:
        if before is not None and (after is None or finished_at(after)):
            self._back_offs.pop(before["metadata"]["uid"], None)
        self.queue.add(key_of(after or before or {}))

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        item = after or before or {}
        name = (item["metadata"].get("labels") or {}).get(_JOB_NAME)
        reference = controller_of(item)
        if reference and reference["kind"] == "Job":
            name = reference["name"]
        if name:
            self.queue.add((item["metadata"]["namespace"], name))

    async def _reconcile(self, key: Key) -> float | None:
        job = self._jobs.get(*key)
        await self._release(self._strays(key, job))
        if job is None or finished_at(job) or job["spec"].get("completionMode") == "Indexed":
            return None
        job = started(job, timestamps.now())
        tally, back_off = self._count(job)
        verdict = standing(job) or failure_of(job, self._of(job), tally.failed, timestamps.now())
        refusal = ""
        if verdict:
            await self._delete(job, self._active(job))
        elif not job["metadata"].get("deletionTimestamp"):
            refusal = await self._manage(job, tally, back_off)
            verdict = success_of(job, len(self._active(job)), tally.succeeded)
        await self._report(job, tally, verdict, back_off)
        if refusal:
            raise TryAgain(refusal)
        return _again_in(job, back_off)

    def _of(self, job: Object) -> list[Object]:
        return controlled_by(job, self._pods)

    def _active(self, job: Object) -> list[Object]:
        return [pod for pod in self._of(job) if is_active(pod)]

    def _strays(self, key: Key, job: Object | None) -> list[Object]:
        """Pods that wait to be counted by a Job that is gone."""
        owned = {pod["metadata"]["uid"] for pod in self._of(job)} if job else set()
        return [
            pod
            for pod in self._pods
            if pod["metadata"]["namespace"] == key[0]
            and (pod["metadata"].get("labels") or {}).get(_JOB_NAME) == key[1]
            and is_tracked(pod)
            and pod["metadata"]["uid"] not in owned
        ]

    def _count(self, job: Object) -> tuple[Tally, BackOff]:
        """Both know of every pod that has ended."""
        pods = self._of(job)
        tally = settled(tally_of(job.get("status", {})), pods)
        ended = [pod for pod in pods if is_tracked(pod) and not tally.has(pod)]
        succeeded, failed = [pod for pod in ended if has_succeeded(pod)], [pod for pod in ended if has_failed(pod, job)]
        back_off = self._back_offs.get(job["metadata"]["uid"], BackOff()).after(succeeded, failed)
        return with_ended(tally, succeeded, failed), back_off

    async def _manage(self, job: Object, tally: Tally, back_off: BackOff) -> str:
        """Why a pod could not be made; empty when all is well."""
        need = need_of(job, self._active(job), tally.succeeded, terminating(self._of(job)))
        if need.surplus:
            await self._release(need.surplus)  # a pod that isn't needed hasn't failed
            await self._delete(job, need.surplus)
        if need.missing and not back_off.seconds_left(timestamps.now()):
            return await self._create(job, need.missing)
        return ""

    async def _report(self, job: Object, tally: Tally, verdict: Verdict | None, back_off: BackOff) -> None:
        """The finalizers are removed between two reports: the first has the pods' uids, the second their number."""
        turn = turn_of(job)
        over = bool(verdict or job["metadata"].get("deletionTimestamp"))
        tracked = [pod for pod in self._of(job) if is_tracked(pod)]
        if verdict and verdict.is_failure:
            tally = with_ended(tally, (), [pod for pod in tracked if not tally.has(pod)])
        job = await self._write(job, status_of(job, self._of(job), tally, timestamps.now(), turn=turn, verdict=verdict))
        self._back_offs[job["metadata"]["uid"]] = back_off
        if turn:
            self._recorder.record(job, _COMPONENT, "Normal", turn.reason.removeprefix("Job"), turn.message)
        await self._release([pod for pod in tracked if over or tally.has(pod)])
        job = await self._write(job, status_of(job, self._of(job), settled(tally, self._of(job)), timestamps.now(), turn=None, verdict=verdict))
        if verdict and finished_at(job):
            self._back_offs.pop(job["metadata"]["uid"], None)
            if verdict.is_failure:
                self._recorder.record(job, _COMPONENT, "Warning", verdict.reason, verdict.message)
            else:
                self._recorder.record(job, _COMPONENT, "Normal", "Completed", "Job completed")

    async def _write(self, job: Object, status: Object) -> Object:
        known = self._jobs.get(*key_of(job))
        if known is not None and status == known.get("status"):
            return job
        written = await self._api.replace(JOBS, {**job, "status": status}, "status")
        self._jobs.answered(written)
        return written

    async def _create(self, job: Object, missing: int) -> str:
        """The first refusal, if there was one."""
        for size in batches(missing):
            answers = await asyncio.gather(*(self._api.create(PODS, new_pod(job)) for _ in range(size)), return_exceptions=True)
            # First everything that was made: a pod that the informer doesn't know of would be made again.
            for made in answers:
                if isinstance(made, dict):
                    self._pods.answered(made)
                    self._recorder.record(job, _COMPONENT, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
            for error in answers:
                if isinstance(error, ApiRefused):
                    self._recorder.record(job, _COMPONENT, "Warning", "FailedCreate", f"Error creating: {error.message}")
                    return error.message
                if isinstance(error, BaseException):
                    raise error
        return ""

    async def _delete(self, job: Object, pods: Collection[Object]) -> None:
        for pod in pods:
            try:
                answer = await self._api.delete(PODS, pod)
            except ApiRefused as refusal:
                if refusal.code != 404:
                    raise
                continue
            if answer.get("kind") == "Pod":
                self._pods.answered(answer)
            self._recorder.record(job, _COMPONENT, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")

    async def _release(self, pods: Collection[Object]) -> None:
        """Remove the finalizer; a pod that is gone has none."""
        for pod in pods:
            known = self._pods.get(*key_of(pod)) or pod
            others = [name for name in known["metadata"].get("finalizers", ()) if name != TRACKING]
            try:
                about = {"uid": pod["metadata"]["uid"], "resourceVersion": known["metadata"]["resourceVersion"], "finalizers": others or None}
                self._pods.answered(await self._api.patch(PODS, pod, {"metadata": about}))
            except ApiRefused as refusal:
                if refusal.code != 404:
                    raise


def _again_in(job: Object, back_off: BackOff) -> float | None:
    """Seconds until the next pod may be tried, or until the deadline."""
    now = timestamps.now()
    moments = [0.0 if is_suspended(job) else back_off.seconds_left(now), seconds_until_deadline(job, now) or 0.0]
    return min((moment for moment in moments if moment > 0), default=None)
