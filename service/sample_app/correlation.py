"""What a request is called in answers, log lines and other people's traces. Set for as long as the request is worked on."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"(?!ff|00.{54,})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
"""https://www.w3.org/TR/trace-context/#traceparent-header: more may follow in versions after 00, and ids of zeros are invalid."""


@dataclass(frozen=True)
class Correlation:
    """`trace_id` is empty where nobody traces."""

    request_id: str
    trace_id: str


current: ContextVar[Correlation | None] = ContextVar("correlation", default=None)


def correlate(headers: Headers) -> Correlation:
    """The caller's ids. A request without a well-formed id gets a new one; a malformed `traceparent`, or more than one, is ignored."""
    given, parents = headers.get("x-request-id", ""), headers.getlist("traceparent")
    traced = _TRACEPARENT.fullmatch(parents[0]) if len(parents) == 1 else None
    return Correlation(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16), traced[1] if traced else "")
