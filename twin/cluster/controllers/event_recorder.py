"""Kubernetes Events: what `kubectl describe` and `kubectl get events` tell about a controller's deeds.

Recorded in the background, in order, so that no controller waits for them; a refused one is only logged. A repetition raises the count of the first one.
Left out: aggregation of similar messages, rate limits.
"""

import asyncio
import logging
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

import aiohttp

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import EVENTS, Object
from twin.cluster.controllers import timestamps

LOG = logging.getLogger(__name__)
_REMEMBERED = 2000


@dataclass(frozen=True)
class _Entry:
    about: Object
    component: str
    type: str
    reason: str
    message: str

    @property
    def identity(self) -> tuple[str, ...]:
        return self.about["metadata"]["uid"], self.component, self.type, self.reason, self.message


class EventRecorder:
    """`record` never waits; `run` writes until it is cancelled."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._entries: asyncio.Queue[_Entry] = asyncio.Queue()
        self._known: OrderedDict[tuple[str, ...], Object] = OrderedDict()

    def record(self, about: Object, component: str, kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """`component` is the name of the real controller that would say this."""
        self._entries.put_nowait(_Entry(about, component, kind, reason, message))

    async def run(self) -> None:
        while True:
            entry = await self._entries.get()
            try:
                self._remember(entry, await self._write(entry))
            except (ApiRefused, aiohttp.ClientError, TimeoutError) as error:
                LOG.info("event %s of %s: %s", entry.reason, entry.about["metadata"]["name"], error)
                self._known.pop(entry.identity, None)

    async def _write(self, entry: _Entry) -> Object:
        known = self._known.get(entry.identity)
        if known is None:
            return await self._api.create(EVENTS, event(entry.about, entry.component, entry.type, entry.reason, entry.message))
        return await self._api.patch(EVENTS, known, {"count": known["count"] + 1, "lastTimestamp": timestamps.written(timestamps.now())})

    def _remember(self, entry: _Entry, written: Object) -> None:
        self._known[entry.identity] = written
        self._known.move_to_end(entry.identity)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def event(about: Object, component: str, kind: str, reason: str, message: str) -> Object:
    """A new Event; those about objects of the whole cluster are in `default`, as on a real one."""
    involved, at = about["metadata"], timestamps.written(timestamps.now())
    namespace = involved.get("namespace", "default")
    reference = {name: involved[name] for name in ("namespace", "name", "uid", "resourceVersion") if name in involved}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{involved['name']}.{uuid.uuid4().hex[:16]}", "namespace": namespace},
        "involvedObject": {"apiVersion": about["apiVersion"], "kind": about["kind"], **reference},
        "type": kind,
        "reason": reason,
        "message": message,
        "source": {"component": component},
        "reportingComponent": component,
        "reportingInstance": "",
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    }
