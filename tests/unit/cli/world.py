"""The command with an imitated console and imitated Step Functions in its hands."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import httpx
from typer.testing import CliRunner, Result

from cli.api import Api
from cli.app import application
from cli.connections import Connections
from cli.terminal import Terminal
from cli.workflows import Execution, State

URL = "https://abc123.execute-api.eu-central-1.amazonaws.com"
KEY, SECRET, TOKEN = "AKIDEXAMPLE", "secret-of-the-test", "session-token"
LIVE = {"commit": "c" * 40, "version": "v3"}
HEALTHY = [
    {"version": "v3", "versions": ["v3"], "commit": "c" * 40, "revisions": [5], "at": "2026-11-23T12:00:00+00:00", "before": "b" * 40},
    {"version": "v2", "versions": ["rc1", "v2"], "commit": "b" * 40, "revisions": [2, 4], "at": "2026-11-22T12:00:00+00:00", "before": "a" * 40},
    {"version": "v1", "versions": ["v1"], "commit": "a" * 40, "revisions": [1], "at": "2026-11-21T12:00:00+00:00"},
]
PROD: Mapping[str, Any] = {
    "service": "sample-app",
    "environment": "prod",
    "namespace": "sample-prod",
    "live": LIVE,
    "last_good": LIVE,
    "needs_attention": "",
    "hold": "",
    "lease": None,
    "waiting": [],
    "approval": None,
    "healthy": HEALTHY,
    "latest": [],
}


def status_of(**changes: Any) -> dict[str, Any]:
    return {"environments": [{**PROD, **changes}]}


def event(kind: str, message: str = "", second: int = 0, subject: str = "DEPLOYMENT#d1", **evidence: Any) -> dict[str, Any]:
    return {"at": f"2026-11-25T10:00:{second:02}+00:00", "subject": subject, "kind": kind, "message": message, "evidence": evidence}


def session(token: str | None = TOKEN) -> boto3.Session:
    return boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, aws_session_token=token, region_name="us-east-1")


@dataclass
class FakeConsole:
    """Answers by method and path; a list is answered one by one, its last entry for ever. An entry is JSON, a pair of status and JSON, or an exception."""

    answers: dict[str, Any]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(f"{request.method} {request.url.path}", (404, {"message": "There is no such thing."}))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, content=body) if isinstance(body, str | bytes) else httpx.Response(status, json=body)

    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests if request.method == "POST"]


@dataclass
class FakeWorkflows:
    """Is in each of `states` for one question, and then for ever in the last."""

    states: list[State] = field(default_factory=lambda: [State("SUCCEEDED", {"outcome": "live", "version": "v2"})])
    started: list[Mapping[str, str | int]] = field(default_factory=list)
    refusal: Exception | None = None

    def start_rollback(self, request: Mapping[str, str | int], now: datetime) -> Execution:
        if self.refusal:
            raise self.refusal
        self.started.append(request)
        return Execution("rollback-1", "arn:rollback-1")

    def state(self, execution: Execution) -> State:
        assert execution.name == "rollback-1"
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


@dataclass
class World:
    answers: dict[str, Any]
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)
    interactive: bool = False
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[float], None] = lambda seconds: None

    def __post_init__(self) -> None:
        self.console = FakeConsole(self.answers)

    def run(self, *arguments: str, app: Any = application, said: str | None = None) -> Result:
        api = Api(URL, session(), httpx.MockTransport(self.console))
        connections = Connections(api, self.workflows, Terminal(interactive=self.interactive), self._sleep)  # type: ignore[arg-type]
        return CliRunner().invoke(app, list(arguments), input=said, obj=connections, env={"COLUMNS": "200"})

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep(seconds)
