"""The Node object and its Lease: made once, then renewed. Run by `__main__`.

https://kubernetes.io/docs/reference/node/node-status/
"""

import asyncio
import logging
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import LEASES, NODES, Kind, Object
from twin.cluster.node.states import as_text, now

LOG = logging.getLogger(__name__)

RENEW_EVERY_SECONDS = 10
LEASE_SECONDS = 40
LEASE_NAMESPACE = "kube-node-lease"
PODS = 110
_ALREADY_EXISTS = 409
_AGAIN_AFTER_SECONDS = 0.5
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_PRESSURES = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


@dataclass(frozen=True)
class Identity:
    """`port` is where logs are served."""

    name: str
    address: str
    port: int


class Registration:
    def __init__(self, api: Api, identity: Identity) -> None:
        self._api = api
        self._identity = identity
        self._since = now()
        self._node: Object = {}

    async def register(self) -> None:
        """Returns when the Node is Ready. A server that isn't there yet is asked again; ApiRefused when it says no."""
        while True:
            try:
                self._node = await self._made(NODES, node_object(self._identity))
                await self._renew()
            except (aiohttp.ClientError, TimeoutError) as error:
                LOG.info("no API server yet: %s", error)
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)
            else:
                return

    async def keep_alive(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(RENEW_EVERY_SECONDS)
            try:
                await self._renew()
            except (aiohttp.ClientError, TimeoutError, ApiRefused) as error:
                LOG.warning("the node's heartbeat: %s %s", type(error).__name__, error)

    async def _renew(self) -> None:
        await self._api.patch(NODES, self._node, {"status": node_status(self._identity, self._since, now())}, "status")
        lease = self._lease()
        try:
            await self._api.patch(LEASES, lease, {"spec": lease["spec"]})
        except ApiRefused as refusal:
            if refusal.code != 404:
                raise
            await self._api.create(LEASES, lease)

    async def _made(self, kind: Kind, item: Object) -> Object:
        """What is there already, from an earlier agent, stays."""
        try:
            return await self._api.create(kind, item)
        except ApiRefused as refusal:
            if refusal.code != _ALREADY_EXISTS:
                raise
            return await self._api.get(kind, "", item["metadata"]["name"])

    def _lease(self) -> Object:
        name = self._identity.name
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": self._node["metadata"]["uid"]}
        return {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.kind,
            "metadata": {"name": name, "namespace": LEASE_NAMESPACE, "ownerReferences": [owner]},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
        }


def node_object(identity: Identity) -> Object:
    labels = {
        "kubernetes.io/hostname": identity.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": _architecture(),
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": identity.name, "labels": labels}}


def node_status(identity: Identity, since: datetime, at: datetime) -> Object:
    """`since` when the conditions hold, `at` is the time of the heartbeat."""
    resources = {"cpu": str(os.cpu_count()), "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 1024}Ki", "pods": str(PODS)}
    times = {"lastHeartbeatTime": as_text(at), "lastTransitionTime": as_text(since)}
    pressures = [{"type": kind, "status": "False", "reason": reason, "message": message, **times} for kind, (reason, message) in _PRESSURES.items()]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status", **times}
    return {
        "capacity": resources,
        "allocatable": resources,
        "conditions": [*pressures, ready],
        "addresses": [{"type": "InternalIP", "address": identity.address}, {"type": "Hostname", "address": identity.name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": identity.port}},
        "nodeInfo": {
            "architecture": _architecture(),
            "bootID": "",
            "containerRuntimeVersion": "process://1.0.0",
            "kernelVersion": platform.release(),
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.36.0",
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "Slipway's twin",
            "systemUUID": "",
        },
    }


def _architecture() -> str:
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)
