"""What a request is called in answers, log lines and other people's traces. Set for as long as the request is worked on."""

import os
import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import NamedTuple

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"(?!ff|00.{54,})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
"""https://www.w3.org/TR/trace-context/#traceparent-header: more may follow in versions after 00, and ids of zeros are invalid."""


class Correlation(NamedTuple):
    """`trace_id` is empty where nobody traces."""

    request_id: str
    trace_id: str


current: ContextVar[Correlation | None] = ContextVar("correlation", default=None)


def correlate(headers: Iterable[tuple[bytes, bytes]]) -> Correlation:
    """The caller's ids, of a request's headers as ASGI has them.

    A request without one well-formed id gets a new one; a malformed `traceparent`, or more than one, is ignored.
    """
    ids, parents = [], []
    for name, value in headers:
        if name == b"x-request-id":
            ids.append(value)
        elif name == b"traceparent":
            parents.append(value)
    traced = _TRACEPARENT.fullmatch(parents[0]) if len(parents) == 1 else None
    given = ids[0].decode() if len(ids) == 1 and _REQUEST_ID.fullmatch(ids[0]) else ""
    return Correlation(given or os.urandom(16).hex(), traced[1].decode() if traced else "")
