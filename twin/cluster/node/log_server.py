"""The kubelet's log endpoint, which the API server asks for `kubectl logs`. Started by `__main__`.

`/containerLogs/{namespace}/{pod}/{container}` with `tailLines`, `limitBytes`, `previous` and `follow`. Lines carry no times, so `sinceSeconds`, `sinceTime`
and `timestamps` are refused.
https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/server/server.go (getContainerLogs)
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from twin.cluster.node.agent import HOST_ADDRESS, Agent
from twin.cluster.node.container import Container, NoLog
from twin.cluster.node.log_files import offset_of_last_lines

_LOOK_EVERY_SECONDS = 0.1
_BLOCK_BYTES = 1 << 16
_NEEDS_TIMES = ("sinceSeconds", "sinceTime", "timestamps")


@dataclass(frozen=True)
class _Wanted:
    previous: bool
    follow: bool
    tail_lines: int | None
    limit_bytes: int | None


@contextlib.asynccontextmanager
async def log_server(agent: Agent, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Serves on a free port of the host's address, which is given."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await _serve(agent, request)

    application = web.Application()
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", serve)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST_ADDRESS, 0, ssl_context=tls).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _serve(agent: Agent, request: web.Request) -> web.StreamResponse:
    asked = request.match_info
    pod = agent.find(asked["namespace"], asked["pod"])
    if pod is None:
        raise web.HTTPNotFound(text=f'pod "{asked["pod"]}" does not exist\n')
    container = pod.container(asked["container"])
    if container is None:
        raise web.HTTPNotFound(text=f'container "{asked["container"]}" not found in pod "{asked["pod"]}"\n')
    try:
        wanted = _wanted(request)
        log = container.log(previous=wanted.previous)
    except (ValueError, NoLog) as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError):  # whoever follows a log goes when they have seen enough
        async for block in _output(container, log, wanted):
            await response.write(block)
    return response


def _wanted(request: web.Request) -> _Wanted:
    """ValueError when the query can't be served."""
    query = request.query
    for name in _NEEDS_TIMES:
        if query.get(name, "false") != "false":
            raise ValueError(f"{name} isn't supported by this node: the lines of its logs carry no times")
    return _Wanted(query.get("previous") == "true", query.get("follow") == "true", _number(query.get("tailLines")), _number(query.get("limitBytes")))


def _number(text: str | None) -> int | None:
    """None also for -1, which a kubelet takes for everything."""
    if text is None or text == "-1":
        return None
    number = int(text)
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number


async def _output(container: Container, log: Path, wanted: _Wanted) -> AsyncIterator[bytes]:
    """To the end of the file; with `follow`, to the end of the run."""
    left = wanted.limit_bytes
    with log.open("rb") as file:
        if wanted.tail_lines is not None:
            file.seek(offset_of_last_lines(log, wanted.tail_lines))
        while left is None or left > 0:
            goes_on = wanted.follow and container.writes_to(log)  # before the reading: what a run wrote at its end isn't missed
            block = file.read(_BLOCK_BYTES if left is None else min(left, _BLOCK_BYTES))
            if block:
                left = None if left is None else left - len(block)
                yield block
            elif goes_on:
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
            else:
                return
