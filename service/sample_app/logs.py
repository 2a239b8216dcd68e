"""One JSON object a line on stdout. Values that belong to one event are fields of their own, given as `extra={"fields": {...}}`.

A line that is written for a request has its `request_id`, and `trace_id` where the caller traces.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from sample_app.correlation import current
from sample_app.observation import ObservedRequest

_encode = json.JSONEncoder(default=str).encode
_access = logging.getLogger("sample_app.access")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if correlation := current.get():
            line["request_id"] = correlation.request_id
            if correlation.trace_id:
                line["trace_id"] = correlation.trace_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


def configure_logs(level: str) -> None:
    """For the whole process. uvicorn's loggers have no handlers of their own here, so their lines come out as JSON too.

    What no line shows isn't looked for: https://docs.python.org/3/howto/logging.html#optimization
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def log_request(request: ObservedRequest) -> None:
    """Probes and scrapes ask every second: they are worth a line only when they fail or someone debugs."""
    routine = request.status < 400 and (request.route.startswith("/health/") or request.route == "/metrics")
    fields = {
        "method": request.method,
        "route": request.route,
        "status": request.status,
        "duration_ms": round(request.duration_seconds * 1000, 2),
    }
    _access.log(logging.DEBUG if routine else logging.INFO, "request", extra={"fields": fields})
