"""Requests to the console: signed as API Gateway wants it, to nowhere else, and with what the environment says."""

from pathlib import Path

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cli.api import SERVICE, TIMEOUT, Api
from cli.connections import connect
from cli.failures import WrongUsage
from tests.unit.cli.world import KEY, SECRET, TOKEN, URL, FakeConsole, session


def signature(request: httpx.Request, region: str) -> str:
    """Recomputed from what arrived, with the time that it names."""
    names = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    arrived = AWSRequest(request.method, str(request.url), {name: request.headers[name] for name in names}, request.content)
    arrived.context["timestamp"] = request.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY, SECRET, TOKEN), SERVICE, region)
    return str(signer.signature(signer.string_to_sign(arrived, signer.canonical_request(arrived)), arrived))


@pytest.fixture
def console() -> FakeConsole:
    return FakeConsole({"GET /api/status": {}, "POST /api/approvals/d9/votes": {}, "GET /api/timeline/a b/c": {}})


def test_requests_carry_a_signature_over_query_body_host_and_session_token(console: FakeConsole) -> None:
    api = Api(URL + "/", session(), httpx.MockTransport(console))
    api.status("sample app", "prod")
    api.vote("d9", "approve", "fine")
    api.timeline("a b/c")
    for request in console.requests:
        authorization = request.headers["authorization"]
        assert f"Credential={KEY}/{request.headers['x-amz-date'][:8]}/eu-central-1/execute-api/aws4_request" in authorization
        assert {"host", "x-amz-date", "x-amz-security-token"} <= set(authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";"))
        assert authorization.endswith(f"Signature={signature(request, 'eu-central-1')}")
    assert console.requests[0].url.query == b"service=sample%20app&environment=prod"
    assert console.requests[2].url.raw_path == b"/api/timeline/a%20b%2Fc"


def test_another_body_has_another_signature(console: FakeConsole) -> None:
    Api(URL, session(), httpx.MockTransport(console)).vote("d9", "approve", "")
    sent = console.requests[0]
    altered = httpx.Request(sent.method, sent.url, headers=sent.headers, content=sent.content.replace(b"approve", b"reject!"))
    assert signature(altered, "eu-central-1") != signature(sent, "eu-central-1")


def test_a_custom_domain_is_signed_for_the_sessions_region(console: FakeConsole) -> None:
    Api("https://slipway.example.com", session(), httpx.MockTransport(console)).status()
    assert "/us-east-1/execute-api/" in console.requests[0].headers["authorization"]


def test_every_request_has_a_time_limit(console: FakeConsole) -> None:
    Api(URL, session(), httpx.MockTransport(console)).status()
    assert console.requests[0].extensions["timeout"] == TIMEOUT.as_dict()
    assert all(limit is not None for limit in TIMEOUT.as_dict().values())


@pytest.mark.parametrize("url", ["slipway.example.com", "http://slipway.example.com", "ftp://127.0.0.1", "https://", "https://ada:secret@slipway.example.com"])
def test_an_address_that_isnt_https_is_refused(url: str) -> None:
    with pytest.raises(WrongUsage, match="SLIPWAY_URL must be"):
        Api(url, session())


@pytest.mark.parametrize("url", ["http://127.0.0.1:7072", "http://localhost:7072", "http://[::1]:7072/"])
def test_this_machine_may_be_asked_without_tls(url: str) -> None:
    assert Api(url, session())


def test_without_an_address_the_sentence_says_where_it_comes_from() -> None:
    with pytest.raises(WrongUsage, match=r"ApiUrl.*environment\.sh"):
        connect({})


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine without AWS settings."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_without_credentials_the_sentence_says_so(bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongUsage, match="no AWS credentials"):
        connect({"SLIPWAY_URL": URL}).api.status()


def test_without_a_region_the_sentence_says_so(bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongUsage, match="Which AWS region"):
        connect({"SLIPWAY_URL": "https://slipway.example.com"})


def test_a_profile_that_isnt_there_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(WrongUsage, match="nobody"):
        connect({"SLIPWAY_URL": URL})
