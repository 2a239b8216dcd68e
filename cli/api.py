"""The console's JSON API, every request signed with the operator's AWS credentials (SigV4, service `execute-api`).

Redirects aren't followed: a signed request goes to the console and nowhere else.
"""

import ipaddress
from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError
from httpx import codes

from cli.aws import SIGN_IN, region_of, translated
from cli.failures import Failure, No, Unknown, Unreachable, WrongUsage

SERVICE = "execute-api"
TIMEOUT = httpx.Timeout(35.0, connect=10.0)
"""Seconds. API Gateway itself gives up after 30."""
_GATEWAYS_OWN = "forbidden"
"""API Gateway says just "Forbidden" for a wrong or missing signature, a stale one and a missing permission."""


class Api:
    """`url` is the console's address. WrongUsage when it can't be one: it has to be HTTPS, but on this machine."""

    def __init__(self, url: str, session: boto3.Session, transport: httpx.BaseTransport | None = None) -> None:
        parts = urlsplit(url)
        here = _is_loopback(parts.hostname or "")
        if not parts.hostname or parts.username or (parts.scheme != "https" and not (parts.scheme == "http" and here)):
            raise WrongUsage(f"SLIPWAY_URL must be the console's https:// address; it is {url!r}.")
        self._url = url.rstrip("/")
        with translated():
            signature = Signature(session, region_of(url, session))
        self._client = httpx.Client(auth=signature, timeout=TIMEOUT, transport=transport, trust_env=not here)

    def status(self, service: str = "", environment: str = "") -> Any:
        return self._get("/api/status", {"service": service, "environment": environment})

    def timeline(self, identity: str) -> Any:
        return self._get(f"/api/timeline/{_segment(identity)}")

    def approval(self, identity: str) -> Any:
        return self._get(f"/api/approvals/{_segment(identity)}")

    def vote(self, identity: str, choice: str, reason: str) -> Any:
        return self._post(f"/api/approvals/{_segment(identity)}/votes", {"choice": choice, "reason": reason})

    def deploy(self, service: str, environment: str, wish: Mapping[str, str | bool]) -> Any:
        """`wish` holds the key of the request, so that saying it again is safe."""
        return self._post(f"/api/services/{_segment(service)}/environments/{_segment(environment)}/deployments", wish)

    def resume(self, service: str, environment: str, reason: str) -> Any:
        return self._post(f"/api/services/{_segment(service)}/environments/{_segment(environment)}/resume", {"reason": reason})

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        asked = urlencode({name: value for name, value in (query or {}).items() if value}, quote_via=quote, safe="")
        return self._answer("GET", f"{self._url}{path}" + (f"?{asked}" if asked else ""), None)

    def _post(self, path: str, body: Mapping[str, str | bool]) -> Any:
        return self._answer("POST", f"{self._url}{path}", body)

    def _answer(self, method: str, url: str, body: Mapping[str, str | bool] | None) -> Any:
        """The parsed JSON of a good answer; every other one is a Failure."""
        try:
            response = self._client.request(method, url, json=body)
        except httpx.HTTPError as error:
            doubt = " Whether it was carried out isn't known; it is safe to say it again." if method == "POST" else ""
            raise Unreachable(f"Slipway's console at {self._url} doesn't answer: {error or type(error).__name__}.{doubt}") from error
        if not response.is_success:
            raise _failure(response)
        try:
            return response.json()
        except ValueError as error:
            raise Unreachable(f"{self._url} doesn't answer in JSON: is SLIPWAY_URL the console's address?") from error


class Signature(httpx.Auth):
    """Signs at the moment of sending, with credentials as fresh as the session gives them; the body's hash is part of it."""

    requires_request_body = True

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        headers = {name: value for name, value in request.headers.items() if name in ("host", "content-type")}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        with translated():
            credentials = self._session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            SigV4Auth(credentials.get_frozen_credentials(), SERVICE, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def _failure(response: httpx.Response) -> Failure:
    message = _message(response)
    match response.status_code:
        case codes.FORBIDDEN if message.lower() == _GATEWAYS_OWN:
            return No(f"The console refuses the request ({message}): the AWS credentials are stale or wrong, or they lack execute-api:Invoke. {SIGN_IN}")
        case codes.FORBIDDEN if "token" in message or "ignature" in message:
            return WrongUsage(f"AWS doesn't accept the credentials ({message}). {SIGN_IN}")
        case codes.FORBIDDEN | codes.UNAUTHORIZED | codes.CONFLICT:
            return No(message)
        case codes.NOT_FOUND:
            return Unknown(message)
        case status if status >= codes.INTERNAL_SERVER_ERROR or status == codes.TOO_MANY_REQUESTS:
            return Unreachable(f"Slipway can't answer now (HTTP {status}): {message}")
        case status if response.is_redirect:
            return WrongUsage(f"The console's address has moved (HTTP {status}): set SLIPWAY_URL anew.")
        case _:
            return WrongUsage(message)


def _message(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    message = answer.get("message") if isinstance(answer, dict) else None
    return str(message) if message else f"HTTP {response.status_code} without a message"


def _segment(text: str) -> str:
    if text in ("", ".", ".."):
        raise WrongUsage(f"{text!r} is not a name.")
    return quote(text, safe="")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
