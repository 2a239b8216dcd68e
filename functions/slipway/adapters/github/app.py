"""Signing in as a GitHub App: a token for each repository and purpose, kept in this process's memory until shortly before it ends.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

import jwt

from slipway import ports
from slipway.adapters.github.credentials import AppCredentials, parse
from slipway.adapters.github.http import Answer, Http, understood
from slipway.errors import InvalidInput, Unexpected
from slipway.telemetry import logger

Permissions = Mapping[str, str]
READ: Permissions = MappingProxyType({"contents": "read"})
WRITE_STATUSES: Permissions = MappingProxyType({"statuses": "write"})
WRITE_DEPLOYMENTS: Permissions = MappingProxyType({"deployments": "write"})

MOST_PAGES = 100
"""Of one answer: 10,000 branches, as many tags."""
_JWT_BACKDATED_SECONDS = 60
_JWT_LASTS_SECONDS = 540  # GitHub takes at most ten minutes
_RENEWED_BEFORE_END_SECONDS = 300
_UNAUTHORIZED = 401
_NOT_FOUND = 404


class NotConnected(Exception):
    """No App, or it isn't installed on that repository. The ports answer as somebody who can't know."""


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    ends: float


class App:
    """`secret` holds what `credentials` reads; None is a platform without one. `clock` gives seconds since the epoch."""

    def __init__(self, secret: ports.Secret | None, url: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._http = Http(url)
        self._clock = clock
        self._tokens: dict[tuple[str, str, str], _Token] = {}
        self._missing: set[str] = set()

    def as_itself(self, method: str, path: str) -> Answer:
        """A request about the App, such as its webhook's deliveries. NotConnected when there is none."""
        return self._http.send(method, path, self._jwt(self._credentials()))

    def call(self, repository: str, permissions: Permissions, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """`path` goes on from `/repos/owner/name`, or is the address of a following page. NotConnected when the App isn't installed there."""
        credentials = self._credentials()
        address = path if path.startswith("http") else f"{_path_of(repository)}{path}"
        answer = self._http.send(method, address, self._token(credentials, repository, permissions), body)
        if answer.status == _UNAUTHORIZED:
            # The token was revoked, or the key was changed.
            self._tokens.clear()
            answer = self._http.send(method, address, self._token(credentials, repository, permissions), body)
        return answer

    def pages(self, repository: str, permissions: Permissions, path: str) -> Iterator[Answer]:
        """The page at `path`, then those that its Link header leads to. Unexpected when they don't end: half an answer mustn't be taken for the whole."""
        for _ in range(MOST_PAGES):
            answer = self.call(repository, permissions, "GET", path)
            yield answer
            path = answer.following
            if not path:
                return
        raise Unexpected(f"GitHub's answer to {answer.request} has more than {MOST_PAGES} pages.")

    def _credentials(self) -> AppCredentials:
        values = self._secret.values() if self._secret is not None else ()
        credentials = parse(values[0]) if values else None
        if credentials is None:
            raise NotConnected("No GitHub App is connected.")
        return credentials

    def _token(self, credentials: AppCredentials, repository: str, permissions: Permissions) -> str:
        key = credentials.app_id, repository.lower(), str(sorted(permissions.items()))
        kept = self._tokens.get(key)
        if kept is None or kept.ends - self._clock() < _RENEWED_BEFORE_END_SECONDS:
            kept = self._tokens[key] = self._new_token(credentials, repository, permissions)
        return kept.value

    def _new_token(self, credentials: AppCredentials, repository: str, permissions: Permissions) -> _Token:
        signed = self._jwt(credentials)
        found = self._http.send("GET", f"{_path_of(repository)}/installation", signed)
        if found.status == _NOT_FOUND:
            if repository not in self._missing:
                self._missing.add(repository)
                logger.warning("the GitHub App isn't installed on the repository", extra={"repository": repository})
            raise NotConnected(f"The GitHub App isn't installed on {repository}.")
        found.expect(200)
        with understood(found):
            number = int(found.body["id"])
        asked = {"repositories": [repository.partition("/")[2]], "permissions": dict(permissions)}
        made = self._http.send("POST", f"/app/installations/{number}/access_tokens", signed, asked)
        made.expect(201)
        with understood(made):
            return _Token(str(made.body["token"]), datetime.fromisoformat(made.body["expires_at"]).timestamp())

    def _jwt(self, credentials: AppCredentials) -> str:
        """https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app"""
        now = int(self._clock())
        claims = {"iat": now - _JWT_BACKDATED_SECONDS, "exp": now + _JWT_LASTS_SECONDS, "iss": credentials.app_id}
        try:
            return jwt.encode(claims, credentials.private_key, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            # The cause could show the key.
            raise InvalidInput("private_key in the secret of the GitHub App isn't an RSA key in PEM form; make a new one on the App's settings page.") from None


def _path_of(repository: str) -> str:
    owner, _, name = repository.partition("/")
    return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"
