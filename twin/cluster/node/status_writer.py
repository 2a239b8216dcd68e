"""Tells the API server about one pod. Owned by `pod`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import PODS, Object

LOG = logging.getLogger(__name__)

_AGAIN_AFTER_SECONDS = 1.0
_GONE_OR_ANOTHER = (404, 409)
_BUSY = 429


class StatusWriter:
    """Writes what `build` gives, when it differs from what was written last. Never in a container's way: states between two writes are skipped."""

    def __init__(self, api: Api, pod: Object, build: Callable[[list[Object]], Object]) -> None:
        """`build` gets the conditions as they were written last."""
        self._api = api
        self._pod = pod
        self._build = build
        self._written: Object = pod.get("status") or {}
        self._changed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def changed(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.write()

    async def write(self) -> None:
        """Returns once the server has the newest status, or refused it for good."""
        async with self._one_at_a_time:
            await self._persistently(self._write)

    async def confirm_deletion(self) -> None:
        """The pod's processes are gone, so its object may go."""
        await self._persistently(lambda: self._api.delete(PODS, self._pod, grace_seconds=0))

    async def _write(self) -> None:
        status = self._build(self._written.get("conditions") or [])
        if status != self._written:
            # The uid is a precondition: a pod that was made anew under the same name isn't touched.
            await self._api.patch(PODS, self._pod, {"metadata": {"uid": self._pod["metadata"]["uid"]}, "status": status}, "status")
            self._written = status

    async def _persistently(self, request: Callable[[], Awaitable[Any]]) -> None:
        """A server that isn't there or can't answer is asked again."""
        about = self._pod["metadata"]
        while True:
            try:
                await request()
            except ApiRefused as refusal:
                if refusal.code in _GONE_OR_ANOTHER:
                    return
                LOG.warning("pod %s/%s: %s", about["namespace"], about["name"], refusal)
                if refusal.code < 500 and refusal.code != _BUSY:
                    return
            except (aiohttp.ClientError, TimeoutError) as error:
                LOG.warning("pod %s/%s: %s %s", about["namespace"], about["name"], type(error).__name__, error)
            else:
                return
            await asyncio.sleep(_AGAIN_AFTER_SECONDS)
