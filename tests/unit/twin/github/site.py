"""The twin's GitHub as a process, a developer's clone of its repository, and what its webhook receives."""

import hashlib
import hmac
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from twin import processes

ROOT = Path(__file__).resolve().parents[4]
SECRET = "It's a Secret to Everybody"
REPOSITORY = "acme/sample-app"
PATIENCE_SECONDS = 20
PERSON = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))}
APP_ID = "4711"
CLIENT_ID, CLIENT_SECRET = "Iv1.test", "a client's secret"
CALLBACK = "http://127.0.0.1:9/signed-in"


@dataclass(frozen=True)
class Received:
    headers: Mapping[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        signature = "sha256=" + hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()
        assert self.headers["X-Hub-Signature-256"] == signature
        payload: dict[str, Any] = json.loads(self.body)
        return payload


class Receiver:
    """Answers each delivery with the status `answer`, as soon as `open_` is set."""

    def __init__(self) -> None:
        self.answer = 202
        receiver = self
        self.open_ = threading.Event()
        self.open_.set()
        received, open_ = queue.Queue[Received](), self.open_

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                open_.wait(PATIENCE_SECONDS)
                received.put(Received(dict(self.headers), body))
                self.send_response(receiver.answer)
                self.end_headers()
                self.wfile.write(b"thanks")

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/github"

    def next(self) -> Received:
        return self._received.get(timeout=PATIENCE_SECONDS)

    def next_push(self) -> dict[str, Any]:
        received = self.next()
        assert received.headers["X-GitHub-Event"] == "push"
        return received.payload

    @property
    def is_empty(self) -> bool:
        return self._received.empty()

    def close(self) -> None:
        self.open_.set()
        self._server.shutdown()
        self._server.server_close()


class Clone:
    """A developer's clone in `folder`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.git("clone", "--quiet", url, str(folder), cwd=folder.parent)

    def git(self, *arguments: str, cwd: Path | None = None, check: bool = True, given: str | None = None, committer: str = "ada@example.com") -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **PERSON,
            "GIT_COMMITTER_EMAIL": committer,
        }
        done = subprocess.run(
            ["git", *arguments], cwd=cwd or self.folder, env=environment, input=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout.strip() or done.stderr

    def commit(self, path: str, text: str | None, message: str = "Change") -> str:
        """None deletes the file. The commit's hash."""
        if text is None:
            (self.folder / path).unlink()
        else:
            (self.folder / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")


class GitHub:
    """The process, and its REST API for the hook of REPOSITORY."""

    def __init__(self, state: Path, webhook_url: str, *seeds: str, app_key: str = "") -> None:
        """With a GitHub App when there is a public key (PEM) for it."""
        port = processes.free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.clone_url = f"{self.url}/{REPOSITORY}.git"
        arguments = ["--port", str(port), "--state", str(state), "--webhook-url", webhook_url, "--repository", REPOSITORY]
        for seed in seeds:
            arguments += ["--seed", seed]
        arguments += ["--app-id", APP_ID, "--client-id", CLIENT_ID, "--callback-url", CALLBACK]
        keys = {"SLIPWAY_GITHUB_APP_PUBLIC_KEY": app_key, "SLIPWAY_GITHUB_CLIENT_SECRET": CLIENT_SECRET}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "twin.launch", "twin.github", *arguments, "--repository", "acme/other"],
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "SLIPWAY_WEBHOOK_SECRET": SECRET, **keys},
            stdout=subprocess.PIPE,
            preexec_fn=processes.bound_to_this_process(),
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"
        hook = self.get("/hooks").json()[0]
        self.hook = f"/hooks/{hook['id']}"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}/repos/{REPOSITORY}{path}")

    def post(self, path: str) -> httpx.Response:
        return httpx.post(f"{self.url}/repos/{REPOSITORY}{path}")

    def end(self) -> int:
        self.process.terminate()
        with self.process:
            return self.process.wait(PATIENCE_SECONDS)
