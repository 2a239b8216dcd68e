"""Several watches of one namespace, followed together: a picture now and another at every change."""

import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import urllib3

QUIET_SECONDS = 2.0
Objects = dict[str, dict[str, Any]]
"""By the plural of the kind, then by name."""


class Follower:
    """Lists each kind, then watches it from the list's resourceVersion on, in a thread for each kind.

    `lists` maps plurals to list functions of the Kubernetes client. Ends at `until`. Must be closed: closing shuts the
    connections, and with them the threads.
    https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
    """

    def __init__(self, lists: Mapping[str, Callable[..., Any]], namespace: str, until: datetime) -> None:
        self._lists = lists
        self._namespace = namespace
        self._until = until
        self._responses: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._close()

    def snapshots(self) -> Iterator[Objects]:
        """The same picture again after a while without changes. A watch that the server ended (time-out, 410 Gone) is begun anew with a list."""
        while True:
            events: queue.SimpleQueue[tuple[str, dict[str, Any] | None]] = queue.SimpleQueue()
            objects = self._begin(events)
            yield objects
            while (left := (self._until - datetime.now(UTC)).total_seconds()) > 0:
                try:
                    plural, event = events.get(timeout=min(left, QUIET_SECONDS))
                except queue.Empty:
                    yield objects
                    continue
                if event is None or event["type"] == "ERROR":
                    break
                if event["type"] != "BOOKMARK":
                    _take(objects[plural], event)
                    yield objects
            else:
                return
            self._close()

    def _begin(self, events: "queue.SimpleQueue[tuple[str, dict[str, Any] | None]]") -> Objects:
        objects: Objects = {}
        for plural, call in self._lists.items():
            listed = json.loads(call(self._namespace, _preload_content=False, _request_timeout=30).data)
            objects[plural] = {item["metadata"]["name"]: item for item in listed["items"]}
            left = (self._until - datetime.now(UTC)).total_seconds()
            if left <= 0:
                continue
            response = call(
                self._namespace,
                watch=True,
                resource_version=listed["metadata"]["resourceVersion"],
                allow_watch_bookmarks=True,
                timeout_seconds=int(left) + 1,
                _preload_content=False,
            )
            self._responses.append(response)
            threading.Thread(target=_read, args=(plural, response, events), daemon=True).start()
        return objects

    def _close(self) -> None:
        for response in self._responses:
            response.shutdown()
        self._responses = []


def _read(plural: str, response: Any, events: "queue.SimpleQueue[tuple[str, dict[str, Any] | None]]") -> None:
    """Puts each event on the queue, and None when the watch ended, however it ended."""
    try:
        buffer = b""
        for chunk in response.stream(65536, decode_content=False):
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    events.put((plural, json.loads(line)))
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        return  # `finally` tells the follower, which lists anew
    finally:
        events.put((plural, None))


def _take(objects: dict[str, Any], event: dict[str, Any]) -> None:
    name = event["object"]["metadata"]["name"]
    if event["type"] == "DELETED":
        objects.pop(name, None)
    else:
        objects[name] = event["object"]
