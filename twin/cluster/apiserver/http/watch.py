"""Watches: a stream of JSON lines, one an event, until the client leaves or its time is over.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes, with bookmarks and streaming lists (WatchList).
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

from aiohttp import web

from twin.cluster.apiserver.errors import ApiError, bad_request
from twin.cluster.apiserver.field_labels import check_field_labels
from twin.cluster.apiserver.http.rendering import included, rendered_event
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.selectors import Matcher, matcher
from twin.cluster.apiserver.storage.store import Change, Store

_BOOKMARK_SECONDS = 30.0
_LONGEST_SECONDS = 1800
_INITIAL_EVENTS_END = {"annotations": {"k8s.io/initial-events-end": "true"}}


async def stream_watch(request: web.Request, store: Store, resource: Resource, namespace: str, query: Mapping[str, str], accept: str) -> web.StreamResponse:
    """Answer a watch. ApiError before the first byte; a resourceVersion that is too old is an ERROR event, as on a real server."""
    watch = Watch(store, resource, namespace, query)
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError):  # a client may leave while an event is on its way to it
        try:
            async with asyncio.timeout(watch.seconds), aclosing(watch.events()) as events:
                async for kind, item in events:
                    shown = item if kind == "ERROR" else rendered_event(accept, resource, kind, item, included(query))
                    await response.write(json.dumps({"type": kind, "object": shown}, separators=(",", ":")).encode() + b"\n")
        except TimeoutError:
            await response.write_eof()
    return response


class Watch:
    """`seconds` is how long it may last."""

    def __init__(self, store: Store, resource: Resource, namespace: str, query: Mapping[str, str]) -> None:
        self._store = store
        self._resource = resource
        self._namespace = namespace
        check_field_labels(resource, query.get("labelSelector", ""), query.get("fieldSelector", ""))
        self._matches = self._in_namespace(matcher(query.get("labelSelector", ""), query.get("fieldSelector", "")))
        self._bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        self._streams_list = query.get("sendInitialEvents") in ("true", "1")
        if self._streams_list and query.get("resourceVersionMatch") != "NotOlderThan":
            raise bad_request("ListOptions.meta.k8s.io is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires NotOlderThan")
        version = query.get("resourceVersion") or "0"
        if not version.isdigit():
            raise bad_request(f'invalid resourceVersion "{version}"')
        self._since = int(version)
        self.seconds = float(query.get("timeoutSeconds") or _LONGEST_SECONDS)

    async def events(self) -> AsyncGenerator[tuple[str, Object], None]:
        """Type and object of each event."""
        initial = self._streams_list or self._since == 0
        try:
            subscription = self._store.subscribe(self._resource, self._store.revision if initial else self._since)
        except ApiError as error:
            yield "ERROR", error.status()
            return
        with subscription:
            if initial:
                started = self._store.revision
                for item in [item for item in self._store.list(self._resource) if self._matches(item)]:
                    yield "ADDED", item
                if self._streams_list:
                    yield "BOOKMARK", self._bookmark(started, _INITIAL_EVENTS_END)
            async with aclosing(_or_silence(subscription.changes(), _BOOKMARK_SECONDS)) as changes:
                async for change in changes:
                    if change is None:
                        if self._bookmarks:
                            yield "BOOKMARK", self._bookmark(self._store.revision)
                    elif kind := self._kind(change):
                        yield kind, change.item

    def _in_namespace(self, matches: Matcher) -> Matcher:
        return lambda item: (not self._namespace or item["metadata"].get("namespace") == self._namespace) and matches(item)

    def _kind(self, change: Change) -> str:
        """As the selector sees the change: what begins to match is added, what ceases to is deleted. Empty when it never matched."""
        now, before = self._matches(change.item), change.before is not None and self._matches(change.before)
        if change.kind == "DELETED":
            return "DELETED" if before else ""
        return "MODIFIED" if now and before else "ADDED" if now else "DELETED" if before else ""

    def _bookmark(self, revision: int, more: Mapping[str, object] | None = None) -> Object:
        about = {"resourceVersion": str(revision), "creationTimestamp": None, **(more or {})}
        return {"kind": self._resource.kind, "apiVersion": self._resource.api_version, "metadata": about}


async def _or_silence(changes: AsyncIterator[Change], seconds: float) -> AsyncGenerator[Change | None, None]:
    """Each change, and None whenever there was none for so long."""
    waiting: asyncio.Future[Change] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(changes))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if not done:
                yield None
                continue
            change, waiting = waiting.result(), None
            yield change
    finally:
        if waiting is not None:
            waiting.cancel()
