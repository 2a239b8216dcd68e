"""Carries a request to a target and its answer back, both as streams. `following` says which target.

What the front door answers by itself are the codes of an ALB: 404 without a rule, 503 without a target, 502 when the target breaks off or can't be reached,
504 when it is silent for too long (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).

Connections to targets are kept alive, and one that a target has closed is never used again. But it may close one at the very moment a request is sent on it.
A real ALB answers 502 then, which is why AWS wants a target to keep connections longer than the load balancer's idle timeout. Here an idempotent request
without a body is sent once more, on a fresh connection, if it went out on a used one and not a byte of an answer had come. Nothing else is sent twice.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from types import SimpleNamespace, TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

from twin.front_door.backends import Target
from twin.front_door.following import Cluster, NoRule, NoTarget
from twin.front_door.headers import end_to_end, forwarded

LOG = logging.getLogger(__name__)
IDLE_SECONDS = 60.0
"""An ALB's default for `idle_timeout.timeout_seconds`."""

_CONNECT_SECONDS = 10.0
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_NOT_OURS_TO_ADD = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_TITLES = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out"}


class Proxy:
    """Open for as long as an `async with` block. `idle_seconds` is how long either side may be silent while a request is under way."""

    def __init__(self, cluster: Cluster, port: int, idle_seconds: float = IDLE_SECONDS) -> None:
        self._cluster = cluster
        self._port = port
        self._idle_seconds = idle_seconds

    async def __aenter__(self) -> Self:
        self._pooled = self._session(aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS))
        self._fresh = self._session(aiohttp.TCPConnector(limit=0, force_close=True))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._pooled.close()
        await self._fresh.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """For every method and path. Cancelled when the client leaves, which ends the request to the target too."""
        try:
            target = self._cluster.choose(_host(request), request.rel_url.raw_path)
        except NoRule:
            return web.Response(status=404, content_type="text/plain", headers={"Server": "awselb/2.0"})
        except NoTarget:
            return _own_answer(503)
        try:
            answer = await self._ask(request, target)
        except TimeoutError as error:
            LOG.warning("%s %s: %s timed out: %s", request.method, request.path, target, type(error).__name__)
            return _own_answer(504)
        except aiohttp.ClientError as error:
            LOG.warning("%s %s: %s failed: %s %s", request.method, request.path, target, type(error).__name__, error)
            return _own_answer(502)
        async with answer:
            return await _pass_on(answer, request, target)

    async def _ask(self, request: web.Request, target: Target) -> aiohttp.ClientResponse:
        trace = SimpleNamespace(reused=False)
        try:
            return await self._send(self._pooled, request, target, trace)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if not trace.reused or _has_begun_to_answer(error) or request.method not in _IDEMPOTENT or request.body_exists:
                raise
            LOG.info("%s %s: %s had closed a kept-alive connection; sent again", request.method, request.path, target)
            return await self._send(self._fresh, request, target, trace)

    async def _send(self, session: aiohttp.ClientSession, request: web.Request, target: Target, trace: SimpleNamespace) -> aiohttp.ClientResponse:
        return await session.request(
            request.method,
            URL(f"http://{target}{request.rel_url.raw_path_qs}", encoded=True),
            headers=forwarded(request.headers, request.remote or "", self._port),
            data=self._body(request) if request.body_exists else None,
            allow_redirects=False,
            trace_request_ctx=trace,
        )

    async def _body(self, request: web.Request) -> AsyncIterator[bytes]:
        while True:
            async with asyncio.timeout(self._idle_seconds):
                chunk = await request.content.readany()
            if not chunk:
                return
            yield chunk

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        traces = aiohttp.TraceConfig()
        traces.on_connection_reuseconn.append(_note_reuse)
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_OURS_TO_ADD,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=self._idle_seconds),
            trace_configs=[traces],
        )
        session._retry_connection = False  # aiohttp would send an idempotent request twice on its own, even when the first connection was a new one
        return session


async def _pass_on(answer: aiohttp.ClientResponse, request: web.Request, target: Target) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=end_to_end(answer.headers))
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    except (aiohttp.ClientPayloadError, aiohttp.ServerTimeoutError) as error:
        LOG.warning("%s %s: %s broke off within its answer: %s", request.method, request.path, target, error)
        # The status is out already; a closed connection is the only way left to say that the answer isn't whole.
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response


def _has_begun_to_answer(error: aiohttp.ClientError) -> bool:
    """aiohttp puts the part that it has parsed where the message usually is."""
    return isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(error.message, str)


async def _note_reuse(_session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: aiohttp.TraceConnectionReuseconnParams) -> None:
    context.trace_request_ctx.reused = True


def _host(request: web.Request) -> str:
    host = request.headers.get("Host", "").lower()
    return (host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]).rstrip(".")


def _own_answer(status: int) -> web.Response:
    title = _TITLES[status]
    text = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    return web.Response(status=status, text=text, content_type="text/html", headers={"Server": "awselb/2.0"})
