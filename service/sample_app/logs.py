"""One JSON object a line on stdout. Values that belong to one event are fields of their own, given as `extra={"fields": {...}}`.

A line that is written for a request has its `request_id`, and `trace_id` where the caller traces.
"""

import json
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from sample_app.correlation import current
from sample_app.observation import ObservedRequest

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
            line |= {name: value for name, value in asdict(correlation).items() if value}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logs(level: str) -> None:
    """For the whole process. uvicorn's loggers have no handlers of their own here, so their lines come out as JSON too."""
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
