"""The Lambda Runtime API of one worker: a port of its own, one invocation at a time.

Spoken by AWS's runtime interface client in the worker (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). A path
prefix instead of a port doesn't do: the client reports failures at start to the port's root.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_CHUNKED = "chunked"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to the worker. `deadline` is in seconds since the epoch."""

    request_id: str
    event: bytes
    deadline: float
    function_arn: str
    trace_id: str


@dataclass(frozen=True)
class Reports:
    """What the worker says, each called from a thread of the API: it asks for work, it answers, it failed, it couldn't start."""

    idle: Callable[[], None]
    succeeded: Callable[[str, bytes], None]
    failed: Callable[[str, bytes], None]
    start_failed: Callable[[bytes], None]


class RuntimeApi:
    """Serves until `close`. `offer` hands the next invocation to the worker."""

    def __init__(self, reports: Reports) -> None:
        self._queue: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        handler = type("Handler", (_Handler,), {"reports": reports, "next": self._queue.get})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="runtime api", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, invocation: Invocation) -> None:
        """Give the worker its next invocation."""
        self._queue.put(invocation)

    def close(self) -> None:
        """Stop serving; a worker that still waits is turned away."""
        self._queue.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    reports: Reports
    next: Callable[[], Invocation | None]

    def log_message(self, *_: Any) -> None:
        """The worker's own log is enough."""

    def do_GET(self) -> None:
        """`/2018-06-01/runtime/invocation/next` blocks until there is work."""
        self.reports.idle()
        invocation = type(self).next()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
            "Content-Type": "application/json",
        }
        self._answer(200, invocation.event, headers)

    def do_POST(self) -> None:
        """`.../invocation/ID/response`, `.../invocation/ID/error` or `.../init/error`."""
        body, parts = self._body(), self.path.strip("/").split("/")
        if parts[-2:] == ["init", "error"]:
            self.reports.start_failed(body)
        elif parts[-1] == "response":
            self.reports.succeeded(parts[-2], body)
        elif parts[-1] == "error":
            self.reports.failed(parts[-2], body)
        self._answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != _CHUNKED:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
