"""Which objects a controller still has to look at: a work queue of keys, as client-go's.

A controller's listeners `add` keys; `handle` looks at one. However often a key is added before it is its turn, it is handled once; one key is handled by one
task at a time; a key that is added meanwhile is handled again afterwards. Different keys are handled side by side.
Source of the idea: k8s.io/client-go/util/workqueue.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import aiohttp

from twin.cluster.client.api import ApiRefused

LOG = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)

_FIRST_BACK_OFF_SECONDS = 0.01
_LONGEST_BACK_OFF_SECONDS = 30.0
_LOOK_AGAIN = (404, 409)


class TryAgain(Exception):
    """A handler couldn't finish, has told whom it concerns, and wants another turn after a back-off."""


class WorkQueue(Generic[K]):
    """`handle` returns after how many seconds it wants to look at the key again, or None; what it raises means: again, after a back-off that doubles."""

    def __init__(self, name: str, handle: Callable[[K], Awaitable[float | None]]) -> None:
        self._name = name
        self._handle = handle
        self._waiting: set[K] = set()
        self._tasks: dict[K, asyncio.Task[None]] = {}
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._failures: dict[K, int] = {}
        self._group: asyncio.TaskGroup | None = None

    def add(self, key: K) -> None:
        """Look at `key` as soon as possible. Before `run`, keys are only collected."""
        if self._group is None or key in self._tasks:
            self._waiting.add(key)
        else:
            self._tasks[key] = self._group.create_task(self._turn(key), name=f"{self._name} {key}")

    def add_after(self, key: K, seconds: float) -> None:
        """Look at `key` in `seconds`; of several wishes for one key the earliest counts."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + seconds:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._ring, key)

    async def run(self) -> None:
        """Handle keys until it is cancelled. To be called once, when the informers have synced."""
        async with asyncio.TaskGroup() as self._group:
            collected, self._waiting = self._waiting, set()
            for key in collected:
                self.add(key)
            await asyncio.Event().wait()

    def _ring(self, key: K) -> None:
        del self._timers[key]
        self.add(key)

    async def _turn(self, key: K) -> None:
        self._waiting.discard(key)  # added again before its turn began
        try:
            again = await self._handle(key)
            self._failures.pop(key, None)
        except (TryAgain, ApiRefused, aiohttp.ClientError, TimeoutError) as error:
            if not isinstance(error, TryAgain) and not (isinstance(error, ApiRefused) and error.code in _LOOK_AGAIN):
                LOG.warning("%s %s: %s %s", self._name, key, type(error).__name__, error)
            again = self._back_off(key)
        except Exception:  # an object that a controller can't cope with must not stop it for all others
            LOG.exception("%s %s", self._name, key)
            again = self._back_off(key)
        del self._tasks[key]
        if key in self._waiting:
            self._waiting.discard(key)
            self.add(key)
        elif again is not None:
            self.add_after(key, again)

    def _back_off(self, key: K) -> float:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return min(_FIRST_BACK_OFF_SECONDS * 2.0 ** min(failures, 20), _LONGEST_BACK_OFF_SECONDS)
