"""A copy of all objects of one kind, kept current by list and watch, as client-go's informers do.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import TypeAlias

import aiohttp

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import Kind, Object

LOG = logging.getLogger(__name__)
Key: TypeAlias = tuple[str, str]
"""Namespace (empty for kinds of the whole cluster) and name."""
Listener: TypeAlias = Callable[[Object | None, Object | None], None]
"""Called with an object before and after a change; None before it was there and after it is gone."""

_WATCH_SECONDS = 600
_AGAIN_AFTER_SECONDS = 0.5
_REMEMBERED = 10_000
"""Uids of objects that are gone."""


def key_of(item: Object) -> Key:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


class Informer:
    """`run` keeps it current; `synced` is set after the first list. Selectors go into `query` (labelSelector, fieldSelector)."""

    def __init__(self, api: Api, kind: Kind, *, namespace: str = "", **query: str) -> None:
        self.kind = kind
        self.synced = asyncio.Event()
        self._api = api
        self._namespace = namespace
        self._query = query
        self._items: dict[Key, Object] = {}
        self._gone: dict[str, None] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Hear of every change from now on, in order. A listener must neither wait nor raise."""
        self._listeners.append(listener)

    def get(self, namespace: str, name: str) -> Object | None:
        return self._items.get((namespace, name))

    def __iter__(self) -> Iterator[Object]:
        """All objects, as they are now: the copy may change while somebody iterates."""
        return iter(list(self._items.values()))

    def answered(self, item: Object) -> None:
        """Take in what the server answered to a write of ours, so that we never act on an older picture than our own.

        The answer and the watch come on two connections: an answer that is read after the event of the object's deletion doesn't bring it back.
        """
        if item["metadata"]["uid"] not in self._gone:
            self.saw(item)

    def saw(self, item: Object) -> None:
        """Take in a state that the watch told of, unless a newer one is known."""
        known = self._items.get(key_of(item))
        if known is None or _version(known) < _version(item):
            self._put(item)

    async def run(self) -> None:
        """Until it is cancelled. A server that isn't there is asked again; a watch that ended is begun anew with a list."""
        while True:
            try:
                await self._list_and_watch()
            except (aiohttp.ClientError, TimeoutError, ApiRefused) as error:
                LOG.warning("%s: %s %s", self.kind.plural, type(error).__name__, error)
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)

    async def _list_and_watch(self) -> None:
        listed = await self._api.list(self.kind, self._namespace, **self._query)
        found = {key_of(item): {"apiVersion": self.kind.api_version, "kind": self.kind.kind, **item} for item in listed["items"]}
        for key in self._items.keys() - found.keys():
            self._remove(key)
        for item in found.values():
            self._put(item)
        self.synced.set()
        since = listed["metadata"]["resourceVersion"]
        while True:
            ended = since
            async for event in self._api.watch(self.kind, self._namespace, since, _WATCH_SECONDS, **self._query):
                item = event["object"]
                if event["type"] == "ERROR":
                    LOG.info("%s: the watch ended: %s", self.kind.plural, item.get("message"))
                    return
                since = item["metadata"]["resourceVersion"]
                if event["type"] == "DELETED":
                    self._remove(key_of(item))
                elif event["type"] != "BOOKMARK":
                    self.saw(item)
            if since == ended:
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)  # a server that ends watches at once isn't asked in a tight loop

    def _put(self, item: Object) -> None:
        before = self._items.get(key_of(item))
        if before is not None and _version(before) == _version(item):
            return
        self._items[key_of(item)] = item
        self._gone.pop(item["metadata"]["uid"], None)
        for listener in self._listeners:
            listener(before, item)

    def _remove(self, key: Key) -> None:
        before = self._items.pop(key, None)
        if before is not None:
            self._gone[before["metadata"]["uid"]] = None
            if len(self._gone) > _REMEMBERED:
                del self._gone[next(iter(self._gone))]
            for listener in self._listeners:
                listener(before, None)


def _version(item: Object) -> int:
    """Resource versions of one kind are comparable numbers since Kubernetes 1.35 promises it."""
    return int(item["metadata"]["resourceVersion"])
