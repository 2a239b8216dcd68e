"""How much a request may bring along: it is all read into memory.

A route's `max_body_size` refuses what comes in pieces, by their sum, with a problem; what announces its length it would refuse in plain text.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sample_app.problems import problem

LONGEST_BODY_BYTES = 10_000


class RefuseLongBodies:
    """By the length that is announced, before anything is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        too_long = announced.isdecimal() and int(announced) > LONGEST_BODY_BYTES
        await (problem(413) if too_long else self._app)(scope, receive, send)
