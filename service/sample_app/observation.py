"""Every HTTP request, seen once from outside the application: metrics and logs are made from the same look."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sample_app.correlation import correlate, current

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "unmatched"


class ObservedRequest(NamedTuple):
    """`route` is the template (`/items/{id}`), never the raw path, and `method` a known one: both have few values, so they can be metric labels."""

    method: str
    route: str
    status: int
    duration_seconds: float


Observer = Callable[[ObservedRequest], None]


class ObserveRequests:
    """Gives each request its ids, answers with `x-request-id`, and tells the observers when the response has been sent.

    A request without a response counts as 500.
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
        correlation = correlate(scope["headers"])
        token = current.set(correlation)

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", correlation.request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            observed = ObservedRequest(method, _route(scope), status, time.perf_counter() - began)
            for observer in self._observers:
                observer(observed)
            current.reset(token)


def _route(scope: Scope) -> str:
    """Starlette's router leaves the matched route in the scope."""
    return str(getattr(scope.get("route"), "path", _NO_ROUTE))
