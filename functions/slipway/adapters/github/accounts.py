"""Signing people in through the GitHub App: the web flow with PKCE. The user's token is asked one question, who they are, and forgotten.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication/

`redirect_uri` is left out: GitHub then goes back to the first callback URL of the App's settings, which has to be the console's `/signed-in`.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import certifi
import urllib3

from slipway import ports
from slipway.adapters.github.http import Http
from slipway.errors import InvalidInput, TemporarilyUnavailable, Unexpected
from slipway.telemetry import logger

_TIMEOUT = urllib3.Timeout(connect=5, read=10)
_LARGEST_ANSWER_BYTES = 64 * 1024
_REFUSED = frozenset({"bad_verification_code", "incorrect_client_credentials", "redirect_uri_mismatch", "unverified_user_email", "access_denied"})
"""https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors"""
_NOT_CONNECTED = "Nobody can sign in here: the secret GitHubSignInSecret has no client_id and client_secret. Use slipway approve, with your AWS credentials."


@dataclass(frozen=True)
class _Client:
    identity: str
    secret: str = field(repr=False)


class GitHubAccounts:
    """`secret` holds JSON with the App's `client_id` and `client_secret`, not its private key. People meet GitHub at `web_url`, programs at `api_url`."""

    def __init__(self, secret: ports.Secret, web_url: str, api_url: str) -> None:
        self._secret = secret
        self._web_url = web_url.rstrip("/")
        self._api = Http(api_url)
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False, ca_certs=certifi.where())

    def page(self, state: str, challenge: str, login: str) -> str:
        """Where a person says who they are, with `login` suggested."""
        asked = {
            "client_id": self._client().identity,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "allow_signup": "false",
            **({"login": login} if login else {}),
        }
        return f"{self._web_url}/login/oauth/authorize?{urlencode(asked)}"

    def login(self, code: str, verifier: str) -> str:
        token = self._token(code, verifier)
        if not token:
            return ""
        answer = self._api.send("GET", "/user", token)
        found = answer.expect(200)
        return str(found.get("login", "")) if isinstance(found, dict) else ""

    def _token(self, code: str, verifier: str) -> str:
        """Empty when GitHub doesn't take the code. The token is written nowhere."""
        client = self._client()
        fields = {"client_id": client.identity, "client_secret": client.secret, "code": code, "code_verifier": verifier}
        try:
            answer = self._pool.request(
                "POST",
                f"{self._web_url}/login/oauth/access_token",
                body=urlencode(fields),
                headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "slipway"},
                redirect=False,
                preload_content=False,
            )
            body = answer.read(_LARGEST_ANSWER_BYTES)
            answer.release_conn()
        except urllib3.exceptions.HTTPError:
            # The cause would show the code.
            raise TemporarilyUnavailable("GitHub didn't answer while somebody signed in.") from None
        if answer.status == 429 or answer.status >= 500:
            raise TemporarilyUnavailable(f"GitHub answered {answer.status} while somebody signed in.")
        return _token_of(answer.status, body)

    def _client(self) -> _Client:
        """InvalidInput when the platform has none."""
        values = self._secret.values()
        try:
            document = json.loads(values[0]) if values else {}
        except ValueError:
            raise InvalidInput(_NOT_CONNECTED) from None
        match document:
            case {"client_id": str(identity), "client_secret": str(secret)} if identity and secret:
                return _Client(identity, secret)
        raise InvalidInput(_NOT_CONNECTED)


def _token_of(status: int, body: bytes) -> str:
    """GitHub answers a refusal with status 200 as well, and with `error` in the body."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        document = None
    match document:
        case {"access_token": str(token)} if token:
            return token
        case {"error": str(error)} if error in _REFUSED:
            logger.warning("GitHub took no code of a sign-in", extra={"error": error})
            return ""
    raise Unexpected(f"GitHub answered {status} to a sign-in in a way that nobody foresaw.")
