"""The namespace controller: a deleted namespace loses its content, then its finalizers, and is gone. Made by `control_plane`.

The real one asks discovery which kinds there are; this one knows a list of namespaced kinds, and skips those that the server doesn't have.
What it waits for it says in the namespace's conditions (`namespace_conditions`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import NAMESPACES, PODS, Kind, Object
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.known_kinds import NAMESPACED
from twin.cluster.controllers.namespace_conditions import with_what_is_left
from twin.cluster.controllers.queue import TryAgain, WorkQueue


def is_to_empty(namespace: Object) -> bool:
    return bool(namespace["metadata"].get("deletionTimestamp") and namespace["spec"].get("finalizers"))


def to_delete(items: list[Object]) -> list[Object]:
    """Those whose deletion nobody has asked for yet."""
    return [item for item in items if not item["metadata"].get("deletionTimestamp")]


class NamespaceController:
    def __init__(self, api: Api, informers: Informers) -> None:
        self._api = api
        self._namespaces = informers.of(NAMESPACES)
        self.queue: WorkQueue[Key] = WorkQueue("namespace", self._reconcile)
        self._namespaces.listen(lambda before, after: self.queue.add(key_of(after or before or {})))
        informers.of(PODS).listen(self._pod_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        """Pods are what a deleted namespace waits for."""
        if before is not None and after is None:
            self.queue.add(("", before["metadata"]["namespace"]))

    async def _reconcile(self, key: Key) -> float | None:
        namespace = self._namespaces.get(*key)
        if namespace is None or not is_to_empty(namespace):
            return None
        name = namespace["metadata"]["name"]
        for kind in NAMESPACED:
            await self._delete_all(kind, name)
        left = await asyncio.gather(*(self._list(kind, name) for kind in NAMESPACED))
        if any(left):
            await self._tell(namespace, dict(zip(NAMESPACED, left, strict=True)))
            raise TryAgain(f"{name} isn't empty yet")
        await self._api.replace(NAMESPACES, {**namespace, "spec": {**namespace["spec"], "finalizers": []}}, "finalize")
        return None

    async def _tell(self, namespace: Object, left: Mapping[Kind, Sequence[Object]]) -> None:
        before = namespace.get("status", {}).get("conditions", [])
        conditions = with_what_is_left(before, left, datetime.now(UTC))
        if conditions != before:
            await self._api.patch(NAMESPACES, namespace, {"status": {"conditions": conditions}}, "status")

    async def _delete_all(self, kind: Kind, namespace: str) -> None:
        items = to_delete(await self._list(kind, namespace))
        answers = await asyncio.gather(*(self._api.delete(kind, item) for item in items), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not (isinstance(answer, ApiRefused) and answer.code in (404, 409)):
                raise answer

    async def _list(self, kind: Kind, namespace: str) -> list[Object]:
        try:
            items: list[Object] = (await self._api.list(kind, namespace))["items"]
        except ApiRefused as error:
            if error.code == 404:  # the server doesn't have the kind
                return []
            raise
        # Items of a list don't say what they are.
        return [{"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in items]
