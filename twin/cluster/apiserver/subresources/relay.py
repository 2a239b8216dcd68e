"""Passes an answer of somebody else on to the client, as it comes in. Used by `logs` and `proxy`."""

import aiohttp
from aiohttp import web

_NOT_PASSED_ON = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding", "upgrade",
        "content-length", "content-encoding", "date", "server",
    }
)  # fmt: skip
"""Headers of a connection, not of an answer (RFC 9110, 7.6.1), and those that are made anew."""


async def relay(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in answer.headers.items():
        if name.lower() not in _NOT_PASSED_ON:
            response.headers.add(name, value)
    await response.prepare(request)
    async for chunk in answer.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response
