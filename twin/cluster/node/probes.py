"""Asking a container once, as a probe says. Called by `health`, which knows how often and what follows.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
An HTTP answer of 200 to 399 is a success. Kubelet follows a redirect within the host; here it counts as a success as it is.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from twin.cluster.node.command import NotExecutable
from twin.cluster.node.surroundings import Surroundings

_PROGRAM = "kube-probe/1.36"


async def succeeds(probe: Mapping[str, Any], surroundings: Surroundings) -> bool:
    """False also for no answer within `timeoutSeconds`."""
    try:
        async with asyncio.timeout(probe.get("timeoutSeconds", 1)):
            return await _ask(probe, surroundings)
    except (aiohttp.ClientError, OSError, LookupError, TimeoutError, NotExecutable):
        return False


def own_port(probe: Mapping[str, Any], surroundings: Surroundings) -> int | None:
    """The port of the container that the probe asks; None when it asks something else, or a port that isn't declared."""
    asked = probe.get("httpGet") or probe.get("tcpSocket") or {}
    if not asked or asked.get("host"):
        return None
    try:
        return surroundings.port(asked["port"])
    except LookupError:
        return None


async def _ask(probe: Mapping[str, Any], surroundings: Surroundings) -> bool:
    if "httpGet" in probe:
        return 200 <= await surroundings.get(probe["httpGet"], _PROGRAM) < 400
    if "tcpSocket" in probe:
        asked = probe["tcpSocket"]
        _, writer = await asyncio.open_connection(asked.get("host") or surroundings.address, surroundings.port(asked["port"]))
        writer.close()
        return True
    return await surroundings.run(probe["exec"]["command"]) == 0
