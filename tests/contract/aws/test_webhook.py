"""A push as the twin takes it: GitHub's request through the gateway, the function in its own process, and the run that it starts."""

import hashlib
import hmac
import json
import queue
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest

from twin.aws import server
from twin.aws.stack import Running
from twin.corrections.stepfunctions.status import StatusChange, subscribe

PATIENCE_SECONDS = 60
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class GitHub:
    """Posts events as GitHub does, and sees what the stack made of them."""

    def __init__(self, stack: Running) -> None:
        secrets = server.client("secretsmanager", stack.endpoint)
        self._secret = secrets.get_secret_value(SecretId=stack.outputs["WebhookSecretArn"])["SecretString"]
        self._states = server.client("stepfunctions", stack.endpoint)
        self._stack = stack

    def post(self, body: object, *, event: str = "push", delivery: str = "", signature: str = "") -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        digest = hmac.new(self._secret.encode(), content, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
            "X-Hub-Signature-256": signature or f"sha256={digest}",
        }
        return httpx.post(self._stack.outputs["WebhookUrl"], content=content, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False)

    @property
    def runs(self) -> dict[str, str]:
        """Name and ARN of every release that was ever started."""
        executions = self._states.list_executions(stateMachineArn=self._stack.outputs["ReleaseStateMachineArn"])["executions"]
        return {execution["name"]: execution["executionArn"] for execution in executions}

    def describe(self, run: str) -> dict[str, Any]:
        described: dict[str, Any] = self._states.describe_execution(executionArn=self.runs[run])
        return described

    def states_of(self, run: str) -> list[str]:
        events = self._states.get_execution_history(executionArn=self.runs[run], maxResults=1000)["events"]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


@pytest.fixture(scope="module")
def github(stack: Running) -> GitHub:
    return GitHub(stack)


def push(repository: str = "acme/sample-app", ref: str = "refs/heads/main") -> dict[str, Any]:
    ada = {"login": "ada", "type": "User"}
    return {"ref": ref, "after": COMMIT, "repository": {"full_name": repository}, "pusher": {"name": "ada"}, "sender": ada, "deleted": False}


@pytest.mark.parametrize(
    ("body", "changes", "status", "message"),
    [
        (push(), {"signature": "sha256=" + "0" * 64}, 401, "X-Hub-Signature-256 is missing or doesn't match the body."),
        (b"ref=refs/heads/main", {}, 400, "The body isn't JSON; set the webhook's content type to application/json."),
        (b'"' + b"a" * 5_000_000 + b'"', {}, 413, "The body has 5000002 bytes; at most 5000000 are taken."),
        (push("acme/unknown"), {}, 202, "acme/unknown"),
        (push(ref="refs/heads/nobody-follows"), {}, 202, "nobody-follows"),
        ({}, {"event": "issues"}, 202, "Events of type issues start nothing"),
        ({}, {"event": "ping"}, 200, "pong"),
    ],
    ids=["wrong signature", "no JSON", "too large", "unknown repository", "unknown branch", "other event", "ping"],
)
def test_a_delivery_that_is_no_release_is_answered_with_the_reason(github: GitHub, body: object, changes: dict[str, str], status: int, message: str) -> None:
    before = github.runs
    response = github.post(body, **changes)
    assert (response.status_code, response.json()["run"]) == (status, "")
    assert message in response.json()["message"]
    assert github.runs == before


def test_what_even_the_gateway_finds_too_large_never_reaches_the_function(github: GitHub) -> None:
    response = github.post(b'"' + b"a" * 10 * 1024 * 1024 + b'"')
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


@dataclass(frozen=True)
class Delivered:
    """The answers to a delivery that came twice, and the runs that it started, which have ended."""

    first: httpx.Response
    again: httpx.Response
    started: set[str]

    @property
    def run(self) -> str:
        return str(self.first.json()["run"])


@pytest.fixture(scope="module")
def delivered(github: GitHub) -> Delivered:
    changes: queue.SimpleQueue[StatusChange] = queue.SimpleQueue()
    unsubscribe = subscribe(changes.put)
    before, delivery = github.runs, str(uuid.uuid4())
    first, again = (github.post(push(), delivery=delivery) for _ in range(2))
    delivered = Delivered(first, again, set(github.runs) - set(before))
    while (change := changes.get(timeout=PATIENCE_SECONDS)).execution.name != delivered.run or change.status == "RUNNING":
        pass
    unsubscribe()
    return delivered


def test_a_delivery_starts_one_run_however_often_it_comes(github: GitHub, delivered: Delivered) -> None:
    run = delivered.run
    assert (delivered.first.status_code, delivered.first.json()["message"]) == (202, f"Releasing {COMMIT[:12]} to dev.")
    assert (delivered.again.status_code, delivered.again.json()) == (202, {"message": "This delivery has started its run already.", "run": run, "runs": [run]})
    assert delivered.started == {run}
    told = json.loads(github.describe(run)["input"])
    assert datetime.fromisoformat(told.pop("asked_at")).tzinfo is not None
    assert told == {"run": run, "service": "sample-app", "ref": "refs/heads/main", "commit": COMMIT, "pusher": "ada", "by": "ada"}


def test_a_build_that_fails_ends_the_run_that_waits_for_it(github: GitHub, delivered: Delivered) -> None:
    """Through everything that stands in for AWS: gateway, function, state machine, task token, build, event, function, token's answer."""
    ended = github.describe(delivered.run)
    assert ended["status"] == "FAILED"
    assert re.search(r"Build slipway-build:[0-9a-f-]+ ended FAILED", ended["cause"]), ended["cause"]
    assert github.states_of(delivered.run)[:3] == ["OpenRun", "ReleaseKnown", "Build"]
