"""git's smart HTTP protocol: clone, fetch and push, as git-http-backend(1) serves them. Anybody may push: the server listens on loopback only.

https://git-scm.com/docs/http-protocol. The older, "dumb" protocol isn't served.
"""

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Mapping

from aiohttp import StreamReader, web

from twin.github.publishing import Published
from twin.github.repositories import Repository

_SERVICES = frozenset({"git-upload-pack", "git-receive-pack"})
_CHUNK_BYTES = 64 * 1024
_NOT_CACHED = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}


class Transfer:
    """`published` by full name. Content-Encoding gzip of a request is undone by the server before it comes here."""

    def __init__(self, published: Mapping[str, Published]) -> None:
        self._published = published

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{owner}/{name}/info/refs", self._advertise),
            web.post("/{owner}/{name}/git-upload-pack", self._upload_pack),
            web.post("/{owner}/{name}/git-receive-pack", self._receive_pack),
        ]

    async def _advertise(self, request: web.Request) -> web.StreamResponse:
        service = request.query.get("service", "")
        if service not in _SERVICES:
            raise web.HTTPForbidden(text="Please upgrade your git client: only the smart HTTP protocol is served.\n")
        process = await _start(self._find(request).repository, service, request, "--advertise-refs")
        # Version 2 of the protocol, which is for fetching only, begins without this line.
        versioned = service == "git-upload-pack" and "version=2" in request.headers.get("Git-Protocol", "")
        first = b"" if versioned else _packet_line(f"# service={service}\n") + b"0000"
        return await _answer(request, process, f"application/x-{service}-advertisement", first)

    async def _upload_pack(self, request: web.Request) -> web.StreamResponse:
        process = await _start(self._find(request).repository, "git-upload-pack", request)
        feeding = asyncio.create_task(_feed(request.content, process))
        try:
            return await _answer(request, process, "application/x-git-upload-pack-result")
        finally:
            feeding.cancel()

    async def _receive_pack(self, request: web.Request) -> web.StreamResponse:
        """What has changed is told by the refs, before and after: so it is known whatever the client sent, and whether or not it waits for the answer."""
        published = self._find(request)
        repository = published.repository
        async with repository.pushing:
            before = await repository.refs()
            process = await _start(repository, "git-receive-pack", request)
            assert process.stdout is not None
            feeding = asyncio.create_task(_feed(request.content, process))
            try:
                answer = await process.stdout.read()
                await process.wait()
            finally:
                feeding.cancel()
                await _end(process)
            after = await repository.refs()
            if after != before:
                published.pushed(before, after)
        return web.Response(body=answer, content_type="application/x-git-receive-pack-result", headers=_NOT_CACHED)

    def _find(self, request: web.Request) -> Published:
        published = self._published.get(f"{request.match_info['owner']}/{request.match_info['name'].removesuffix('.git')}")
        if published is None:
            raise web.HTTPNotFound(text="Repository not found.\n")
        return published


async def _start(repository: Repository, service: str, request: web.Request, *options: str) -> Process:
    environment = {"GIT_PROTOCOL": request.headers["Git-Protocol"]} if "Git-Protocol" in request.headers else {}
    return await repository.git.start(service.removeprefix("git-"), "--stateless-rpc", *options, repository.path, environment=environment)


async def _feed(content: StreamReader, process: Process) -> None:
    """The request's body to git. Whoever hangs up early, client or git: git is left with what it has, and judges that."""
    assert process.stdin is not None
    try:
        with contextlib.suppress(ConnectionError):
            async for chunk in content.iter_chunked(_CHUNK_BYTES):
                process.stdin.write(chunk)
                await process.stdin.drain()
    finally:
        process.stdin.close()


async def _answer(request: web.Request, process: Process, content_type: str, first: bytes = b"") -> web.StreamResponse:
    assert process.stdout is not None
    response = web.StreamResponse(headers={"Content-Type": content_type, **_NOT_CACHED})
    try:
        await response.prepare(request)
        await response.write(first)
        while chunk := await process.stdout.read(_CHUNK_BYTES):
            await response.write(chunk)
        await process.wait()
        await response.write_eof()
    finally:
        await _end(process)
    return response


async def _end(process: Process) -> None:
    """Kill it if it hasn't ended by itself: it has nobody to talk to any more."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def _packet_line(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()
