"""`python -m twin.front_door`: the front door as a process; prints `ready` when it serves and knows the cluster. Started by the supervisor."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from twin.cluster.client.api import Api
from twin.cluster.client.kubeconfig import read_kubeconfig
from twin.front_door.balancing import Balancer
from twin.front_door.following import Cluster
from twin.front_door.proxy import IDLE_SECONDS, Proxy
from twin.launch import ready

_LONGEST_HEADER_BYTES = 64 * 1024  # an ALB's limit for all headers of a request
_END_WITHIN_SECONDS = 2.0


@asynccontextmanager
async def serving(proxy: Proxy, port: int) -> AsyncIterator[None]:
    """Serve on 127.0.0.1:`port`. OSError when the port is taken. At the end, requests in flight have two seconds."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(
        application,
        access_log=None,
        auto_decompress=False,
        handler_cancellation=True,
        keepalive_timeout=IDLE_SECONDS,
        max_line_size=_LONGEST_HEADER_BYTES,
        max_field_size=_LONGEST_HEADER_BYTES,
        shutdown_timeout=_END_WITHIN_SECONDS,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


async def run(kubeconfig: Path, port: int, registration_delay_seconds: float) -> None:
    """Until SIGTERM or SIGINT."""
    asked_to_end = asyncio.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, asked_to_end.set)
    async with Api(read_kubeconfig(kubeconfig), "front-door") as api:
        cluster = Cluster(api, Balancer(registration_delay_seconds))
        async with Proxy(cluster, port) as proxy, serving(proxy, port), asyncio.TaskGroup() as group:
            tasks = (group.create_task(cluster.run()), group.create_task(_say_ready(cluster)))
            await asked_to_end.wait()
            for task in tasks:
                task.cancel()


async def _say_ready(cluster: Cluster) -> None:
    await cluster.synced.wait()
    ready()


def main() -> int:
    """Exit status 1, with one line on stderr, when it can't start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m twin.front_door", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--registration-delay", type=float, default=0.0, metavar="SECONDS", help="before a new target gets requests; default 0")
    given = parser.parse_args()
    try:
        asyncio.run(run(given.kubeconfig, given.port, given.registration_delay))
    except OSError as error:
        print(f"the front door can't start on port {given.port}: {error.strerror or error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
