"""An HTTP server that plays GitHub by a script, for what the twin's GitHub never does: break down, ask to wait, answer nonsense."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """`body` is sent as JSON, bytes as they are."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    token: str
    body: Any


Script = Callable[[Asked], Reply]


class Scripted:
    """Answers for installation and tokens itself (token-1, token-2 ...), everything else is the script's. `ends` is when its tokens end."""

    def __init__(self, script: Script) -> None:
        self.asked: list[Asked] = []
        self.tokens = 0
        self.granted: list[Any] = []
        self.ends = "2999-01-01T00:00:00Z"
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, self.path, self.headers.get("Authorization", "").removeprefix("Bearer "), json.loads(content) if content else None)
                reply = scripted.sign_in(asked)
                if reply is None:
                    scripted.asked.append(asked)
                    reply = script(asked)
                sent = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Length": str(len(sent))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def sign_in(self, asked: Asked) -> Reply | None:
        if asked.path.endswith("/installation"):
            return Reply(body={"id": 7})
        if asked.path == "/app/installations/7/access_tokens":
            self.tokens += 1
            self.granted.append(asked.body)
            return Reply(201, {"token": f"token-{self.tokens}", "expires_at": self.ends})
        return None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
