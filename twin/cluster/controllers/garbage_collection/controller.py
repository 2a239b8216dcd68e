"""Acts on what `decisions` finds for each object that changed, and for those around it. Made by `control_plane`."""

import functools

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import Kind, Object
from twin.cluster.controllers.garbage_collection.decisions import Action, Delete, Disown, Finish, LetGo, decide, waits_for_dependents, without_owner
from twin.cluster.controllers.garbage_collection.graph import Graph, Member, owner_uids
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.known_kinds import COLLECTED
from twin.cluster.controllers.queue import WorkQueue

_KINDS = {(kind.api_version, kind.kind): kind for kind in COLLECTED}
_MATTERS = ("ownerReferences", "finalizers", "deletionTimestamp")
_OF_UNKNOWN_KIND: Object = {"metadata": {}}


class GarbageCollector:
    """Keys are uids."""

    def __init__(self, api: Api, informers: Informers) -> None:
        self._api = api
        self._graph = Graph()
        self._informers = {kind: informers.of(kind) for kind in COLLECTED}
        self.queue: WorkQueue[str] = WorkQueue("garbage collection", self._reconcile)
        for kind, informer in self._informers.items():
            informer.listen(functools.partial(self._changed, kind))

    def _changed(self, kind: Kind, before: Object | None, after: Object | None) -> None:
        if before is not None and (after is None or after["metadata"]["uid"] != before["metadata"]["uid"]):
            self._removed(before)
            before = None
        if after is None:
            return
        self._graph.put(kind, after)
        if before is None or any(before["metadata"].get(name) != after["metadata"].get(name) for name in _MATTERS):
            self._look_at(after)

    def _removed(self, item: Object) -> None:
        self._graph.remove(item)
        for uid in owner_uids(item):
            self.queue.add(uid)
        self._look_at_dependents(item)

    def _look_at(self, item: Object) -> None:
        self.queue.add(item["metadata"]["uid"])
        if waits_for_dependents(item):
            self._look_at_dependents(item)

    def _look_at_dependents(self, owner: Object) -> None:
        for member in self._graph.dependents(owner["metadata"]["uid"]):
            self.queue.add(member.item["metadata"]["uid"])

    async def _reconcile(self, uid: str) -> float | None:
        member = self._graph.get(uid)
        if member is None:
            return None
        about = member.item["metadata"]
        references = () if about.get("deletionTimestamp") else about.get("ownerReferences", ())
        owners = {reference["uid"]: await self._owner(member.item, reference) for reference in references}
        action = decide(member.item, owners, [each.item for each in self._graph.dependents(uid)])
        if action is not None:
            await self._act(member, action)
        return None

    async def _owner(self, item: Object, reference: Object) -> Object | None:
        """Asks the server when the informers don't know it: they may be behind, and nothing is deleted on hearsay."""
        if member := self._graph.get(reference["uid"]):
            return member.item
        kind = _KINDS.get((reference["apiVersion"], reference["kind"]))
        if kind is None:
            return _OF_UNKNOWN_KIND
        try:
            owner = await self._api.get(kind, item["metadata"].get("namespace", ""), reference["name"])
        except ApiRefused as error:
            if error.code == 404:
                return None
            raise
        return owner if owner["metadata"]["uid"] == reference["uid"] else None

    async def _act(self, member: Member, action: Action) -> None:
        about = member.item["metadata"]
        match action:
            case Delete():
                await self._api.delete(member.kind, member.item, propagation=action.propagation)
            case Disown():
                await self._set(member, ownerReferences=action.references)
            case LetGo():
                for dependent in self._graph.dependents(about["uid"]):
                    await self._set(dependent, ownerReferences=without_owner(dependent.item, about["uid"]) or None)
                self.queue.add(about["uid"])
            case Finish():
                left = [name for name in about["finalizers"] if name != action.finalizer]
                await self._set(member, finalizers=left or None)

    async def _set(self, member: Member, **changes: object) -> None:
        """Refused with a conflict when the object has changed since we looked."""
        change: Object = {"metadata": {"resourceVersion": member.item["metadata"]["resourceVersion"], **changes}}
        answer = await self._api.patch(member.kind, member.item, change)
        if "finalizers" not in changes:  # without its last finalizer an object may be gone already
            self._informers[member.kind].answered(answer)
