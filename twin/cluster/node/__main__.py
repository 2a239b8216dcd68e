"""`python -m twin.cluster.node`: the node agent as a process; prints `ready` when its Node is Ready and it knows its pods. Started by the supervisor.

Ends on SIGTERM, and every pod's processes with it; killed, the kernel ends the processes that it started.
"""

import argparse
import asyncio
import ipaddress
import logging
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Informer
from twin.cluster.client.kinds import PODS
from twin.cluster.client.kubeconfig import Access, read_kubeconfig
from twin.cluster.node.addresses import Addresses
from twin.cluster.node.agent import HOST_ADDRESS, Agent
from twin.cluster.node.certificate import serving_context
from twin.cluster.node.images import Images
from twin.cluster.node.interpreter import Interpreter
from twin.cluster.node.launch import NodeServices
from twin.cluster.node.log_server import log_server
from twin.cluster.node.registration import Identity, Registration
from twin.launch import ready


@dataclass(frozen=True)
class Settings:
    access: Access
    name: str
    registry: Path
    root: Path
    network: ipaddress.IPv4Network


def _settings(arguments: list[str] | None = None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m twin.cluster.node", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--name", required=True, help="of the Node")
    parser.add_argument("--registry", type=Path, required=True, help="folder of image repositories, each an OCI image layout")
    parser.add_argument("--root", type=Path, required=True, help="folder for images and pods")
    parser.add_argument("--range", type=ipaddress.IPv4Network, required=True, help="addresses of pods, such as 127.64.0.0/16")
    given = parser.parse_args(arguments)
    return Settings(read_kubeconfig(given.kubeconfig), given.name, given.registry.resolve(), given.root.resolve(), given.range)


async def _run(settings: Settings) -> None:
    asked_to_end = asyncio.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, asked_to_end.set)
    interpreter = Interpreter(settings.root / "interpreter")
    interpreter.make()
    shutil.rmtree(settings.root / "pods", ignore_errors=True)  # an earlier agent's: its pods are started anew
    # Probes ask each time anew, as kubelet does: a kept connection would outlive what it stands for.
    probing = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0))
    async with Api(settings.access, "kubelet") as api, probing as http:
        images = Images(settings.registry, settings.root / "images")
        node = NodeServices(api, images, interpreter, settings.root / "bytecode", http)
        agent = Agent(node, Addresses(settings.network), settings.root / "pods")
        try:
            await _serve(settings, api, agent, asked_to_end)
        finally:
            await agent.close()


async def _serve(settings: Settings, api: Api, agent: Agent, asked_to_end: asyncio.Event) -> None:
    tls = serving_context(settings.access.authority, settings.name, HOST_ADDRESS, settings.root / "pki") if settings.access.tls() else None
    async with log_server(agent, tls) as port:
        registration = Registration(api, Identity(settings.name, HOST_ADDRESS, port))
        pods = Informer(api, PODS, fieldSelector=f"spec.nodeName={settings.name}")
        pods.listen(agent.observe)
        ending = asyncio.create_task(asked_to_end.wait())
        serving = asyncio.create_task(_follow(registration, pods))
        try:
            await asyncio.wait({ending, serving}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
        finally:
            ending.cancel()
            serving.cancel()


async def _follow(registration: Registration, pods: Informer) -> None:
    await registration.register()
    async with asyncio.TaskGroup() as group:
        group.create_task(pods.run())
        group.create_task(registration.keep_alive())
        await pods.synced.wait()
        ready()


def main() -> None:
    """Until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_run(_settings()))


if __name__ == "__main__":
    main()
