"""Objects by kind, one revision counter for all of them, and a log of changes that watches follow. What etcd and the watch cache are on a real server.

In memory: a new server starts empty. The log keeps the newest changes of all kinds together; who asks for older ones is told to list again (410).
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from twin.cluster.apiserver.errors import gone
from twin.cluster.apiserver.objects import Key, Object, key_of
from twin.cluster.apiserver.resources import Resource

_FIRST_REVISION = 1000
_LONGEST_LOG = 20_000


@dataclass(frozen=True)
class Change:
    """`before` is None for a new object; `item` of a deletion is its last state, under the deletion's own revision."""

    revision: int
    kind: Literal["ADDED", "MODIFIED", "DELETED"]
    item: Object
    before: Object | None


class Subscription:
    """The changes of one kind from a revision on, for as long as a `with` block. For the event loop that writes to the store."""

    def __init__(self, subscribers: set["Subscription"], missed: list[Change]) -> None:
        self._subscribers = subscribers
        self._changes: deque[Change] = deque(missed)
        self._arrived = asyncio.Event()

    def __enter__(self) -> Self:
        self._subscribers.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._subscribers.discard(self)

    def hear(self, change: Change) -> None:
        self._changes.append(change)
        self._arrived.set()

    async def changes(self) -> AsyncIterator[Change]:
        """Never ends by itself."""
        while True:
            while self._changes:
                yield self._changes.popleft()
            self._arrived.clear()
            await self._arrived.wait()


class Store:
    """What it gives is what it holds: never change it in place."""

    def __init__(self) -> None:
        self.revision = _FIRST_REVISION
        self._objects: defaultdict[Resource, dict[Key, Object]] = defaultdict(dict)
        self._log: deque[tuple[Resource, Change]] = deque(maxlen=_LONGEST_LOG)
        self._forgotten = _FIRST_REVISION
        self._subscribers: defaultdict[Resource, set[Subscription]] = defaultdict(set)
        self._listeners: list[Callable[[Resource, Change], None]] = []

    def get(self, resource: Resource, key: Key) -> Object | None:
        return self._objects[resource].get(key)

    def list(self, resource: Resource, namespace: str = "") -> Iterator[Object]:
        """By namespace and name; of all namespaces when none is given."""
        return (item for key, item in sorted(self._objects[resource].items()) if not namespace or key.namespace == namespace)

    def list_at(self, resource: Resource, namespace: str, revision: int) -> Sequence[Object]:
        """The same as it was at a revision. ApiError 410 when the log doesn't reach back so far."""
        if revision < self._forgotten or revision > self.revision:
            raise gone(revision, self.revision)
        found: dict[Key, Object | None] = dict(self._objects[resource].items())
        for kind, change in reversed(self._log):
            if change.revision <= revision:
                break
            if kind is resource:
                found[key_of(change.item)] = change.before
        return [item for key, item in sorted(found.items(), key=lambda each: each[0]) if item is not None and (not namespace or key.namespace == namespace)]

    def listen(self, listener: Callable[[Resource, Change], None]) -> None:
        """Called after every change, before anybody else can make one."""
        self._listeners.append(listener)

    def put(self, resource: Resource, item: Object) -> Object:
        """Store a new object or the new state of one; as it is now, with its resourceVersion."""
        before = self._objects[resource].get(key_of(item))
        stored = self._numbered(item)
        self._objects[resource][key_of(item)] = stored
        self._tell(resource, Change(self.revision, "ADDED" if before is None else "MODIFIED", stored, before))
        return self._objects[resource][key_of(item)]

    def remove(self, resource: Resource, item: Object) -> Object:
        """Take out an object; `item` is its last state."""
        before = self._objects[resource].pop(key_of(item))
        last = self._numbered(item)
        self._tell(resource, Change(self.revision, "DELETED", last, before))
        return last

    def subscribe(self, resource: Resource, since: int) -> Subscription:
        """The changes after a revision. ApiError 410 when the log doesn't reach back so far, or the revision isn't one of ours."""
        if since < self._forgotten or since > self.revision:
            raise gone(since, self.revision)
        return Subscription(self._subscribers[resource], [change for kind, change in self._log if kind is resource and change.revision > since])

    def _numbered(self, item: Mapping[str, Any]) -> Object:
        self.revision += 1
        return {**item, "metadata": {**item["metadata"], "resourceVersion": str(self.revision)}}

    def _tell(self, resource: Resource, change: Change) -> None:
        if len(self._log) == self._log.maxlen:
            self._forgotten = self._log[0][1].revision
        self._log.append((resource, change))
        for subscriber in self._subscribers[resource]:
            subscriber.hear(change)
        for listener in self._listeners:
            listener(resource, change)
