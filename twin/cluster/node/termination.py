"""Ending a container's process. Called by `container`. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from twin.cluster.node.process import Process
from twin.cluster.node.surroundings import Surroundings

LOG = logging.getLogger(__name__)

LEAST_SECONDS = 2.0
"""What a process gets after a `preStop` that took the whole grace period (minimumGracePeriodInSeconds of kubelet)."""
_PROGRAM = "kube-lifecycle/1.36"


async def terminate(process: Process, surroundings: Surroundings, grace_seconds: float) -> None:
    """`preStop`, SIGTERM, and SIGKILL when the grace period, which `preStop` counts towards, is over. Returns when nothing of the process is left."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + grace_seconds
    hook = (surroundings.container.get("lifecycle") or {}).get("preStop")
    if hook:
        await _run_hook(hook, process, surroundings, grace_seconds)
    process.terminate()
    try:
        async with asyncio.timeout(max(LEAST_SECONDS, deadline - loop.time())):
            await process.wait()
    except TimeoutError:
        await process.kill()


async def _run_hook(hook: Mapping[str, Any], process: Process, surroundings: Surroundings, grace_seconds: float) -> None:
    """Until the hook, the process or the grace period has ended. A hook that fails doesn't keep the container from being ended."""
    running = asyncio.create_task(_hook(hook, surroundings))
    ended = asyncio.create_task(process.wait())
    try:
        await asyncio.wait({running, ended}, timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        running.cancel()
        ended.cancel()
    await asyncio.wait({running})
    if not running.cancelled() and (error := running.exception()):
        LOG.warning("preStop of %s: %s", surroundings.container["name"], error)


async def _hook(hook: Mapping[str, Any], surroundings: Surroundings) -> None:
    if "sleep" in hook:
        await asyncio.sleep(hook["sleep"]["seconds"])
    elif "httpGet" in hook:
        await surroundings.get(hook["httpGet"], _PROGRAM)
    elif "exec" in hook:
        await surroundings.run(hook["exec"]["command"])
