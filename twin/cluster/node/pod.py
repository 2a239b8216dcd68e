"""One pod's life: init containers in order, then its containers, until they have ended or the pod is deleted. Run by `agent`."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

from twin.cluster.client.kinds import Object
from twin.cluster.node.container import Container, Sandbox
from twin.cluster.node.environment import PodFacts
from twin.cluster.node.launch import NodeServices
from twin.cluster.node.states import now
from twin.cluster.node.status import PodReport, initialized, pod_status
from twin.cluster.node.status_writer import StatusWriter


class Pod:
    """`item` is the newest object that is known. Must be made in the event loop; nothing happens before `live`."""

    def __init__(self, item: Object, facts: PodFacts, folder: Path, node: NodeServices) -> None:
        self.item = item
        self.facts = facts
        self._folder = folder
        self._started_at = now()
        self._ended = False
        self._writer = StatusWriter(node.api, item, self._status)
        spec = item["spec"]
        policy = spec.get("restartPolicy", "Always")
        sandbox = Sandbox(lambda: self.item, facts, folder, node, self._writer.changed)
        waits_for = "PodInitializing" if spec.get("initContainers") else "ContainerCreating"
        init_policy = _restarts("OnFailure" if policy == "Always" else policy)
        self._init_containers = [Container(container, sandbox, init_policy, waits_for) for container in spec.get("initContainers", ())]
        self._containers = [Container(container, sandbox, _restarts(policy), waits_for) for container in spec["containers"]]
        self._grace_seconds: float | None = None
        self._life: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """Until every container has ended for good."""
        self._life = asyncio.current_task()
        self._writer.changed()
        writing = asyncio.create_task(self._writer.run())
        try:
            if await self._initialize():
                await asyncio.gather(*(container.run() for container in self._containers))
            await self._writer.write()
        finally:
            writing.cancel()

    async def terminate(self, grace_seconds: float) -> None:
        """The pod's object is being deleted: end the processes within the grace period, write the last status, then let the object go.

        Called again, it matters only when the grace period has become shorter.
        """
        again = self._grace_seconds is not None
        if self._grace_seconds is not None and grace_seconds >= self._grace_seconds:
            return
        self._grace_seconds = grace_seconds
        await asyncio.gather(*(container.stop(grace_seconds) for container in self._all()))
        if again:
            return  # the first call does the rest
        await self._until_ended()
        self._ended = True
        await self._writer.write()
        await self._writer.confirm_deletion()

    async def kill(self) -> None:
        """End the processes at once and say nothing: the pod's object is gone, or the agent ends."""
        await asyncio.gather(*(container.kill() for container in self._all()))

    async def clean_up(self) -> None:
        """Remove logs and scratch files."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def container(self, name: str) -> Container | None:
        return next((container for container in self._all() if container.report.name == name), None)

    def _all(self) -> list[Container]:
        return [*self._init_containers, *self._containers]

    async def _initialize(self) -> bool:
        """Whether the pod's containers may start."""
        for container in self._init_containers:
            await container.run()
            if not initialized([container.report]):
                return False
        return True

    async def _until_ended(self) -> None:
        if self._life is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({self._life})

    def _status(self, known_conditions: list[Object]) -> Object:
        own = {condition["type"] for condition in known_conditions}
        others = [condition for condition in (self.item.get("status") or {}).get("conditions", ()) if condition["type"] not in own]
        report = PodReport(
            [container.report for container in self._containers],
            [container.report for container in self._init_containers],
            self.facts,
            self._started_at,
            self._ended,
        )
        return pod_status(self.item, report, [*known_conditions, *others], now())


def _restarts(policy: str) -> Callable[[int], bool]:
    return lambda code: policy == "Always" or (policy == "OnFailure" and code != 0)
