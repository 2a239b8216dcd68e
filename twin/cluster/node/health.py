"""A running container's probes: when they are asked and what their answers mean. Made by `container` for each run.

As kubelet does it: the startup probe first, then readiness and liveness, each every `periodSeconds` after `initialDelaySeconds`. One deviation: a probe of the
container's own port is also asked at once when a process of the container begins to listen there, so that a rollout isn't slowed by the rest of a period;
and before that it fails without a connection, since whoever else might listen isn't the container.
https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from twin.cluster.node.listening import session_listens
from twin.cluster.node.probes import own_port, succeeds
from twin.cluster.node.surroundings import Surroundings

_LOOK_EVERY_SECONDS = 0.05
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


class Health:
    """`changed` is called when `started` or `ready` did, `failed` when the container has to be ended, with the name of the probe."""

    def __init__(self, surroundings: Surroundings, session: int, changed: Callable[[], None], failed: Callable[[str], None]) -> None:
        self._surroundings = surroundings
        self._session = session
        self._changed = changed
        self._failed = failed
        self._listens: dict[int, asyncio.Event] = {}
        self.started = False
        self.ready = False

    async def run(self) -> None:
        """Until it is cancelled."""
        probes = {name: self._surroundings.container[name] for name in _PROBES if name in self._surroundings.container}
        async with asyncio.TaskGroup() as group:
            for port in {own_port(probe, self._surroundings) for probe in probes.values()} - {None}:
                assert port is not None
                self._listens[port] = asyncio.Event()
                group.create_task(self._watch(port))
            if "startupProbe" in probes and not await self._starts(probes["startupProbe"]):
                self._failed("startup")
                return
            self.started = True
            self.ready = "readinessProbe" not in probes
            self._changed()
            if "readinessProbe" in probes:
                group.create_task(self._follow_readiness(probes["readinessProbe"]))
            if "livenessProbe" in probes:
                group.create_task(self._follow_liveness(probes["livenessProbe"]))

    async def _watch(self, port: int) -> None:
        """Looking costs little and disturbs nobody, a connection might."""
        while True:
            if session_listens(self._session, self._surroundings.address, port):
                self._listens[port].set()
                return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _starts(self, probe: Mapping[str, Any]) -> bool:
        return await anext(self._verdicts(probe))

    async def _follow_readiness(self, probe: Mapping[str, Any]) -> None:
        async for ready in self._verdicts(probe):
            if ready != self.ready:
                self.ready = ready
                self._changed()

    async def _follow_liveness(self, probe: Mapping[str, Any]) -> None:
        async for alive in self._verdicts(probe):
            if not alive:
                self._failed("liveness")
                return

    async def _verdicts(self, probe: Mapping[str, Any]) -> AsyncIterator[bool]:
        """After each answer that reaches its threshold."""
        port = own_port(probe, self._surroundings)
        listens = None if port is None else self._listens[port]
        await asyncio.sleep(probe.get("initialDelaySeconds", 0))
        successes = failures = 0
        while True:
            good = (listens is None or listens.is_set()) and await succeeds(probe, self._surroundings)
            successes, failures = (successes + 1, 0) if good else (0, failures + 1)
            if successes >= probe.get("successThreshold", 1):
                yield True
            elif failures >= probe.get("failureThreshold", 3):
                yield False
            await _pause(probe.get("periodSeconds", 10), listens)


async def _pause(seconds: float, listens: asyncio.Event | None) -> None:
    """A period, or what of it passes until the port is listened on for the first time."""
    if listens is None or listens.is_set():
        await asyncio.sleep(seconds)
        return
    try:
        await asyncio.wait_for(listens.wait(), seconds)
    except TimeoutError:
        return
