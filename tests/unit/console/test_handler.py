"""The entry point, with events as API Gateway sends them (payload format 2.0)."""

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.console import app
from slipway.telemetry import metrics
from tests.unit.console.browsing import GRACE_ARN, TOKEN, Platform


@pytest.fixture
def invoke(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(metrics.provider, "namespace", "Slipway")
    monkeypatch.setattr(app._adapter, "app", app.create(platform))

    def call(
        method: str, path: str, body: bytes | None = None, arn: str = "", content_type: str = "application/json", cookies: Sequence[str] = ()
    ) -> dict[str, Any]:
        path, _, query = path.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "ANY /approvals/{link}",
            "rawPath": path,
            "rawQueryString": query,
            "cookies": list(cookies),
            "headers": {"host": "console.example", "content-type": content_type},
            "requestContext": {"http": {"method": method, "path": path, "sourceIp": "192.0.2.1"}, "stage": "$default"},
            "isBase64Encoded": body is not None,
        }
        if body is not None:
            event["body"] = base64.b64encode(body).decode()
        if arn:
            event["requestContext"]["authorizer"] = {"iam": {"userArn": arn}}
        return app.handler(event, LambdaContext())

    return call


def test_a_form_that_api_gateway_has_encoded_is_a_vote(invoke: Any, platform: Platform) -> None:
    link = platform.link()
    fields = urlencode({"choice": "approve", "reason": "schön", "ticket": platform.form_tickets.make_ticket(link)}).encode()
    answer = invoke("POST", f"/approvals/{link}", fields, content_type="application/x-www-form-urlencoded")
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert "approved by grace (schön)" in answer["body"] and answer["headers"]["cache-control"] == "no-store"
    assert TOKEN in platform.workflows.answers


def test_head_has_no_body(invoke: Any, platform: Platform) -> None:
    answer = invoke("HEAD", f"/approvals/{platform.link()}")
    assert (answer["statusCode"], answer["body"]) == (200, "")


def test_cookies_pass_api_gateway_both_ways(invoke: Any, platform: Platform) -> None:
    platform.configurations.change_approval("prod", sign_in=True)
    begun = invoke("GET", f"/approvals/{platform.link()}?sign-in")
    assert begun["statusCode"] == 303
    [attempt] = [cookie.partition(";")[0] for cookie in begun["cookies"]]
    back = invoke("GET", platform.accounts.confirm(begun["headers"]["location"], "grace"), cookies=["other=1", attempt])
    assert back["statusCode"] == 303
    kept = [cookie.partition(";")[0] for cookie in back["cookies"] if cookie.startswith("__Host-slipway-session=")]
    assert 'name="ticket"' in invoke("GET", f"/approvals/{platform.link()}", cookies=kept)["body"]
    assert 'name="ticket"' not in invoke("GET", f"/approvals/{platform.link()}")["body"]


def test_the_caller_is_whom_api_gateway_names(invoke: Any) -> None:
    assert invoke("GET", "/api/status")["statusCode"] == 403
    assert len(json.loads(invoke("GET", "/api/status", arn=GRACE_ARN)["body"])["environments"]) == 3


def test_a_defect_is_answered_and_the_link_is_in_no_line_of_the_log(
    invoke: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setattr(platform.approvals, "get", lambda identity: {}[identity])
    answer = invoke("GET", f"/approvals/{platform.link()}")
    assert answer["statusCode"] == 500 and "the log has the details" in answer["body"] and answer["headers"]["referrer-policy"] == "no-referrer"
    written = capfd.readouterr()
    lines = written.out + written.err + caplog.text
    assert "console failed" in lines and platform.link() not in lines
