"""Makes and deletes the pods of ReplicaSets, and reports. Made by `control_plane`.

No pod is made twice: the server's answer to each creation goes into the informer before the ReplicaSet is looked at again.
"""

import asyncio
from collections.abc import Collection

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import PODS, REPLICA_SETS, Object
from twin.cluster.controllers import timestamps
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.event_recorder import EventRecorder
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.ownership import controller_of
from twin.cluster.controllers.pods import is_leaving
from twin.cluster.controllers.queue import TryAgain, WorkQueue
from twin.cluster.controllers.replica_set.replicas import batches, need_of, new_pod, replicas_of
from twin.cluster.controllers.replica_set.status import failed_create, failed_delete, seconds_until_available, status_of

_COMPONENT = "replicaset-controller"


class ReplicaSetController:
    def __init__(self, api: Api, informers: Informers, recorder: EventRecorder) -> None:
        self._api = api
        self._recorder = recorder
        self._replica_sets = informers.of(REPLICA_SETS)
        self._pods = informers.of(PODS)
        self._doomed: set[str] = set()
        self.queue: WorkQueue[Key] = WorkQueue("replica set", self._reconcile)
        self._replica_sets.listen(lambda before, after: self.queue.add(key_of(after or before or {})))
        self._pods.listen(self._pod_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        item = after or before or {}
        if after is None or is_leaving(after):
            self._doomed.discard(item["metadata"]["uid"])
        reference = controller_of(item)
        if reference and reference["kind"] == "ReplicaSet":
            self.queue.add((item["metadata"]["namespace"], reference["name"]))

    async def _reconcile(self, key: Key) -> float | None:
        replica_set = self._replica_sets.get(*key)
        if replica_set is None:
            return None
        need = need_of(replica_set, self._replicas(replica_set))
        failure = await self._create(replica_set, need.missing) or await self._delete(replica_set, need.surplus)
        replicas, now = self._replicas(replica_set), timestamps.now()
        status = status_of(replica_set, replicas, failure, now)
        if status != replica_set.get("status"):
            self._replica_sets.answered(await self._api.replace(REPLICA_SETS, {**replica_set, "status": status}, "status"))
        if failure:
            raise TryAgain(failure.message)
        return seconds_until_available(replica_set, replicas, now)

    def _replicas(self, replica_set: Object) -> list[Object]:
        return replicas_of(replica_set, self._pods, self._doomed)

    async def _create(self, replica_set: Object, missing: int) -> Condition | None:
        """The first refusal, if there was one."""
        for size in batches(missing):
            answers = await asyncio.gather(*(self._api.create(PODS, new_pod(replica_set)) for _ in range(size)), return_exceptions=True)
            # First everything that was made: a pod that the informer doesn't know of would be made again.
            for made in answers:
                if isinstance(made, dict):
                    self._pods.answered(made)
                    self._recorder.record(replica_set, _COMPONENT, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
            errors: list[ApiRefused] = []
            for error in answers:
                if isinstance(error, dict):
                    continue
                if not isinstance(error, ApiRefused):
                    raise error
                errors.append(error)
                self._recorder.record(replica_set, _COMPONENT, "Warning", "FailedCreate", f"Error creating: {error.message}")
            if errors:
                return failed_create(errors[0].message)
        return None

    async def _delete(self, replica_set: Object, surplus: Collection[Object]) -> Condition | None:
        """A refusal, if there was one. A pod that is gone already is none."""
        self._doomed.update(pod["metadata"]["uid"] for pod in surplus)
        answers = await asyncio.gather(*(self._api.delete(PODS, pod) for pod in surplus), return_exceptions=True)
        failure: Condition | None = None
        for pod, answer in zip(surplus, answers, strict=True):
            about = pod["metadata"]
            if not isinstance(answer, BaseException):
                self._recorder.record(replica_set, _COMPONENT, "Normal", "SuccessfulDelete", f"Deleted pod: {about['name']}")
                continue
            if not (isinstance(answer, ApiRefused) and answer.code == 404):
                self._doomed.discard(about["uid"])
                if not isinstance(answer, ApiRefused):
                    raise answer
                failure = failed_delete(answer.message)
                self._recorder.record(replica_set, _COMPONENT, "Warning", "FailedDelete", f"Error deleting: {answer.message}")
        return failure
