"""One JSON object a line on stdout. Values that belong to one event are fields of their own, given as `extra={"fields": {...}}`.

A line that is written for a request has its `request_id`, and `trace_id` where the caller traces.
"""

import asyncio
import contextlib
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
        return _line(datetime.fromtimestamp(record.created, UTC), record.levelno, record.name, record.getMessage(), fields).decode()


class AccessLog:
    """A line for each request, past Python's logging: the level of `sample_app.access` counts, handlers and filters don't see it.

    A record of logging costs more than all the rest of a line, and so does a write: `stream` is buffered, and written to within a tenth of a second. A process
    that is killed loses what came in it. What can't be written breaks no request.
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
        line = _line(datetime.now(UTC), level, _access.name, "request", fields)
        try:
            self._stream.write(line + b"\n")
        except OSError:
            return
        self._flush_soon(asyncio.get_running_loop())

    def _flush_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._flushing:
            self._flushing = loop
            loop.call_later(_FLUSH_WITHIN_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        with contextlib.suppress(OSError):
            self._stream.flush()


def configure_logs(level: str) -> AccessLog:
    """For the whole process. uvicorn's loggers have no handlers of their own here, so their lines come out as JSON too.

    One buffer for both kinds of lines keeps them whole and in order: a record is written at once, with the requests before it; the last at exit.
    """
    stream = io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "w", closefd=False), _BUFFER_BYTES)
    handler = logging.StreamHandler(io.TextIOWrapper(stream, encoding="ascii", write_through=True))
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    return AccessLog(stream)


def _line(at: datetime, level: int, logger: str, message: str, fields: Mapping[str, object]) -> bytes:
    """ASCII, with everything else escaped. json can write what to_json can't: half a surrogate pair, which a caller may send, and bytes."""
    line = {"time": at, "level": logging.getLevelName(level), "logger": logger, "message": message, **fields}
    if correlation := current.get():
        line["request_id"] = correlation.request_id
        if correlation.trace_id:
            line["trace_id"] = correlation.trace_id
    try:
        return to_json(line, fallback=str, ensure_ascii=True)
    except PydanticSerializationError:
        return json.dumps({**line, "time": at.isoformat()}, default=str).encode()
