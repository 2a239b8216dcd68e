"""The function behind GitHub's webhook: what it answers through API Gateway, and what it writes down about whom."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.handlers import webhook
from slipway.handlers.webhook import LONGEST_HEADER
from slipway.telemetry import logger, metrics
from tests.fakes.control_plane import ControlPlane
from tests.unit.test_webhook import SECRET, push, signed


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    plane = ControlPlane()
    secret = SimpleNamespace(values=lambda: (SECRET,))
    platform = SimpleNamespace(
        webhook_secret=secret, configurations=plane.configurations, deliveries=plane.deliveries, workflows=plane.workflows, clock=plane.clock
    )
    monkeypatch.setattr(webhook, "platform", platform)
    monkeypatch.setattr(metrics.provider, "namespace", "Slipway")
    return platform


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    return log


def deliver(log: io.StringIO, delivery: str = "delivery-1", event: str = "push", signature: str | None = None) -> tuple[int, dict[str, Any]]:
    """Status, and what was logged."""
    request = signed(push(), delivery=delivery, event=event)
    headers = {"x-github-event": event, "x-github-delivery": delivery, "x-hub-signature-256": request.signature if signature is None else signature}
    http = {"method": "POST", "path": "/webhooks/github"}
    request_context = {"http": http, "stage": "$default"}
    event_of_the_gateway = {"version": "2.0", "rawPath": http["path"], "headers": headers, "body": request.body.decode(), "requestContext": request_context}
    context: Any = SimpleNamespace(function_name="slipway-webhook")
    answer = webhook.handler(event_of_the_gateway, context)
    return answer["statusCode"], json.loads(log.getvalue().splitlines()[-1])


def test_a_signed_request_is_logged_with_its_delivery_event_and_answer(platform: SimpleNamespace, log: io.StringIO) -> None:
    status, line = deliver(log)
    assert (status, line["delivery"], line["github_event"], line["status"]) == (202, "delivery-1", "push", 202)
    assert line["correlation_id"].startswith("sample-app") and line["answer"].startswith("Releasing ")


def test_of_a_request_that_nobody_has_signed_only_the_status_is_logged(platform: SimpleNamespace, log: io.StringIO) -> None:
    deliver(log)
    status, line = deliver(log, "hostile-delivery", "hostile-event", signature="sha256=hostile")
    assert (status, line["message"], line["status"]) == (401, "webhook answered", 401)
    assert "hostile" not in json.dumps(line) and "delivery" not in line and not line.get("correlation_id")


def test_headers_are_logged_cut(platform: SimpleNamespace, log: io.StringIO) -> None:
    status, line = deliver(log, "d" * 1000, "e" * 1000)
    assert status == 202
    assert (line["delivery"], line["github_event"], line["correlation_id"]) == ("d" * LONGEST_HEADER, "e" * LONGEST_HEADER, "d" * LONGEST_HEADER)
