"""Which pods run on this node: starts what is bound to it, ends what is deleted. Listens to the informer; made by `__main__`.

A pod that ran under an earlier agent is treated as a new start: its processes died with that agent, and its restart count begins at 0 again.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from twin.cluster.client.kinds import Object
from twin.cluster.node.addresses import Addresses, NoAddressLeft
from twin.cluster.node.environment import PodFacts
from twin.cluster.node.launch import NodeServices
from twin.cluster.node.pod import Pod
from twin.cluster.node.status_writer import StatusWriter

LOG = logging.getLogger(__name__)

HOST_ADDRESS = "127.0.0.1"
_ENDED_PHASES = ("Succeeded", "Failed")
_DEFAULT_GRACE_SECONDS = 30


class Agent:
    """`pods` is the folder for what belongs to single pods."""

    def __init__(self, node: NodeServices, addresses: Addresses, pods: Path) -> None:
        self._node = node
        self._addresses = addresses
        self._folder = pods
        self._pods: dict[str, Pod] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def observe(self, before: Object | None, after: Object | None) -> None:
        """An informer's listener."""
        if before is not None and (after is None or after["metadata"]["uid"] != before["metadata"]["uid"]):
            self._gone(before["metadata"]["uid"])
        if after is not None:
            self._seen(after)

    def __iter__(self) -> Iterator[Pod]:
        return iter(list(self._pods.values()))

    def find(self, namespace: str, name: str) -> Pod | None:
        return next((pod for pod in self if pod.item["metadata"]["namespace"] == namespace and pod.item["metadata"]["name"] == name), None)

    async def close(self) -> None:
        """Kill every pod's processes, and report nothing more."""
        await asyncio.gather(*(pod.kill() for pod in self))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _seen(self, item: Object) -> None:
        uid = item["metadata"]["uid"]
        pod = self._pods.get(uid)
        if pod is not None:
            pod.item = item
            if "deletionTimestamp" in item["metadata"]:
                self._do(pod.terminate(item["metadata"].get("deletionGracePeriodSeconds", _DEFAULT_GRACE_SECONDS)))
        elif "deletionTimestamp" in item["metadata"]:
            self._do(StatusWriter(self._node.api, item, lambda _: item["status"]).confirm_deletion())
        elif (item.get("status") or {}).get("phase") not in _ENDED_PHASES:
            self._start(item)

    def _start(self, item: Object) -> None:
        uid = item["metadata"]["uid"]
        try:
            facts = PodFacts(self._addresses.take(), HOST_ADDRESS)
        except NoAddressLeft as error:
            LOG.error("pod %s stays pending: %s", item["metadata"]["name"], error)  # noqa: TRY400 - it's no fault of the program
            return
        self._pods[uid] = Pod(item, facts, self._folder / uid, self._node)
        self._do(self._pods[uid].live())

    def _gone(self, uid: str) -> None:
        pod = self._pods.pop(uid, None)
        if pod is not None:
            self._do(self._forget(pod))

    async def _forget(self, pod: Pod) -> None:
        await pod.kill()
        self._addresses.give_back(pod.facts.address)
        await pod.clean_up()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            LOG.error("a pod's task failed", exc_info=error)
