"""Every HTTP request, seen once from outside the application: metrics and logs are made from the same look."""

import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NO_ROUTE = "unmatched"


@dataclass(frozen=True)
class ObservedRequest:
    """`route` is the template (`/items/{id}`), never the raw path, and `method` a known one: both have few values, so they can be metric labels."""

    method: str
    route: str
    status: int
    duration_seconds: float
    request_id: str


Observer = Callable[[ObservedRequest], None]


class ObserveRequests:
    """Gives each request an id (the caller's, if well-formed), answers with it as `x-request-id`, and tells the observers when the response has been sent.

    A request whose handler raised counts as 500.
    """

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        request_id = _request_id(scope)

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            observed = ObservedRequest(method, _route(scope), status, time.perf_counter() - began, request_id)
            for observer in self._observers:
                observer(observed)


def _route(scope: Scope) -> str:
    """Starlette's router leaves the matched route in the scope."""
    return str(getattr(scope.get("route"), "path", _NO_ROUTE))


def _request_id(scope: Scope) -> str:
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
