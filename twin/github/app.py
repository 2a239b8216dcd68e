"""The GitHub App that Slipway signs in as: its key, its one installation, the tokens that were handed out. Asked by the REST rooms.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app. Real: the signature and the times of a JSON web token, a token's
hour, its repositories and permissions, and GitHub's words for what is wrong. Left out: users, suspended installations, token revocation.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jwt
from aiohttp import web

from twin.github.answers import refusal
from twin.github.events import stable_id

GRANTED: Mapping[str, str] = {"metadata": "read", "contents": "read", "statuses": "write", "deployments": "write"}
"""What Slipway's documentation asks people to give the App."""

TOKEN_LASTS_SECONDS = 3600
_LONGEST_JWT_SECONDS = 600
_LEVELS = ("read", "write")


@dataclass(frozen=True)
class Token:
    """`repositories` are full names in lower case; `ends` is in seconds since the epoch."""

    value: str
    repositories: frozenset[str]
    permissions: Mapping[str, str]
    ends: float


class App:
    """`public_key` is PEM, `repositories` are those that it is installed on. `clock` gives seconds since the epoch."""

    def __init__(self, app_id: str, public_key: str, repositories: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self.id = app_id
        self.installation_id = stable_id(f"installation of {app_id}")
        self._public_key = public_key
        self._repositories = {name.lower() for name in repositories}
        self._clock = clock
        self._tokens: dict[str, Token] = {}

    def is_installed_on(self, repository: str) -> bool:
        return repository.lower() in self._repositories

    def check_itself(self, request: web.Request) -> None:
        """401 or 404, in GitHub's words, unless the request carries a JSON web token of this App."""
        try:
            claims = jwt.decode(
                _bearer(request), self._public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False, "verify_aud": False}
            )
        except jwt.PyJWTError:
            raise refusal(401, "A JSON web token could not be decoded") from None
        issued, ends, now = claims.get("iat"), claims.get("exp"), self._clock()
        if not isinstance(issued, int) or issued > now:
            raise refusal(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
        if not isinstance(ends, int) or ends <= now:
            raise refusal(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
        if ends > now + _LONGEST_JWT_SECONDS:
            raise refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        if str(claims.get("iss")) != self.id:
            raise refusal(404, "Integration not found")

    def issue(self, repositories: Sequence[str] | None, permissions: Mapping[str, str] | None) -> Token:
        """A token for an hour, for all repositories and permissions of the installation where nothing else is asked for. 422 for more than it has."""
        names = self._repositories if repositories is None else {full for full in self._repositories if full.partition("/")[2] in _lower(repositories)}
        if repositories is not None and len(names) < len(set(_lower(repositories))):
            raise refusal(422, "There is at least one repository that does not exist or is not accessible to the parent installation.")
        wanted = GRANTED if permissions is None else {"metadata": "read", **permissions}
        if not all(_covers(GRANTED, name, level) for name, level in wanted.items()):
            raise refusal(422, "The permissions requested are not granted to this installation.")
        token = Token(f"ghs_{secrets.token_urlsafe(40)}", frozenset(names), dict(wanted), self._clock() + TOKEN_LASTS_SECONDS)
        self._tokens[token.value] = token
        return token

    def check_token(self, request: web.Request, repository: str, permission: str, level: str) -> None:
        """401, 403 or 404, in GitHub's words, unless the request's installation token may do that there."""
        token = self._tokens.get(_bearer(request))
        if token is None or token.ends <= self._clock():
            raise refusal(401, "Bad credentials")
        if repository.lower() not in token.repositories:
            raise refusal(404, "Not Found")
        if not _covers(token.permissions, permission, level):
            raise refusal(403, "Resource not accessible by integration")


def _covers(permissions: Mapping[str, str], name: str, level: str) -> bool:
    return level in _LEVELS and name in permissions and _LEVELS.index(permissions[name]) >= _LEVELS.index(level)


def _lower(names: Sequence[str]) -> list[str]:
    return [str(name).lower() for name in names]


def _bearer(request: web.Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() in ("bearer", "token") else ""
