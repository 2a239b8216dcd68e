"""One JSON object a line on stdout. Values that belong to one event are fields of their own, given as `extra={"fields": {...}}`.

A line that is written for a request has its `request_id`, and `trace_id` where the caller traces.
"""

import asyncio
import atexit
import io
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import BinaryIO

from pydantic_core import PydanticSerializationError, to_json

from sample_app.correlation import current
from sample_app.observation import ObservedRequest

_FLUSH_WITHIN_SECONDS = 0.1
_BUFFER_BYTES = 1 << 16
"""As much as a pipe holds: https://man7.org/linux/man-pages/man7/pipe.7.html"""

_access = logging.getLogger("sample_app.access")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {**getattr(record, "fields", {})}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return _line(record.levelno, record.name, record.getMessage(), fields).decode()


class AccessLog:
    """A line for each request, at the level that the logger of its name has.

    A record of Python's logging costs more than all the rest of a line, and so does a write: lines are made without the one and written together, within a
    tenth of a second. SIGKILL takes what came in it; a process that ends by itself loses nothing.
    `stream` has room for that.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._flushing: asyncio.AbstractEventLoop | None = None

    def __call__(self, request: ObservedRequest) -> None:
        """In an event loop. Probes and scrapes ask every second: they are worth a line only when they fail or someone debugs."""
        routine = request.status < 400 and (request.route.startswith("/health/") or request.route == "/metrics")
        level = logging.DEBUG if routine else logging.INFO
        if not _access.isEnabledFor(level):
            return
        fields = {
            "method": request.method,
            "route": request.route,
            "status": request.status,
            "duration_ms": round(request.duration_seconds * 1000, 2),
        }
        self._stream.write(_line(level, _access.name, "request", fields) + b"\n")
        self._flush_soon(asyncio.get_running_loop())

    def _flush_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._flushing:
            self._flushing = loop
            loop.call_later(_FLUSH_WITHIN_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        self._stream.flush()


def configure_logs(level: str) -> AccessLog:
    """For the whole process. uvicorn's loggers have no handlers of their own here, so their lines come out as JSON too."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    stream = io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "w", closefd=False), _BUFFER_BYTES)
    atexit.register(stream.flush)
    return AccessLog(stream)


def _line(level: int, logger: str, message: str, fields: Mapping[str, object]) -> bytes:
    """Half a surrogate pair, which a caller can send within JSON, is no UTF-8: json escapes it."""
    line = {"time": datetime.now(UTC), "level": logging.getLevelName(level), "logger": logger, "message": message, **fields}
    if correlation := current.get():
        line["request_id"] = correlation.request_id
        if correlation.trace_id:
            line["trace_id"] = correlation.trace_id
    try:
        return to_json(line, fallback=str)
    except PydanticSerializationError:
        return json.dumps(line, default=str).encode()
