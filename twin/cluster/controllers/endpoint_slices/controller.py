"""Keeps the EndpointSlices of Services current. Made by `control_plane`.

The slices of a deleted Service go by their owner reference.
"""

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import ENDPOINT_SLICES, PODS, SERVICES, Object
from twin.cluster.controllers.endpoint_slices.slices import SERVICE_NAME, changes, contents, is_ours, selects
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.ownership import controlled_by
from twin.cluster.controllers.queue import WorkQueue


class EndpointSliceController:
    def __init__(self, api: Api, informers: Informers) -> None:
        self._api = api
        self._services = informers.of(SERVICES)
        self._pods = informers.of(PODS)
        self._slices = informers.of(ENDPOINT_SLICES)
        self.queue: WorkQueue[Key] = WorkQueue("endpoint slices", self._reconcile)
        self._services.listen(lambda before, after: self.queue.add(key_of(after or before or {})))
        self._pods.listen(self._pod_changed)
        self._slices.listen(self._slice_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        """Concerns Services that select the pod as it is or as it was."""
        for service in self._services:
            if any(pod is not None and selects(service, pod) for pod in (before, after)):
                self.queue.add(key_of(service))

    def _slice_changed(self, before: Object | None, after: Object | None) -> None:
        item = after or before or {}
        if is_ours(item):
            self.queue.add((item["metadata"]["namespace"], item["metadata"]["labels"].get(SERVICE_NAME, "")))

    async def _reconcile(self, key: Key) -> float | None:
        service = self._services.get(*key)
        if service is None or service["metadata"].get("deletionTimestamp"):
            return None
        present = [each for each in controlled_by(service, self._slices) if is_ours(each) and not each["metadata"].get("deletionTimestamp")]
        due = changes(service, contents(service, self._pods), present)
        for item in due.create:
            self._slices.answered(await self._api.create(ENDPOINT_SLICES, item))
        for item in due.replace:
            self._slices.answered(await self._api.replace(ENDPOINT_SLICES, item))
        for item in due.delete:
            await self._api.delete(ENDPOINT_SLICES, item)
        return None
