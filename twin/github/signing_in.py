"""Signing in with the GitHub App's web flow: a page on which one says who one is, a code for the callback, a user's token, and GET /user.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication/

Real: client id and secret, codes that count once and ten minutes, PKCE with S256, the redirect to the App's first callback URL, refusals with status 200.
Left out: passwords (whoever opens the page is who they say), the consent screen, scopes, refresh tokens, other callback URLs, errors as redirects.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from twin.github.answers import refusal
from twin.github.events import stable_id

CODE_LASTS_SECONDS = 600
TOKEN_LASTS_SECONDS = 8 * 3600
_AUTHORIZE = "/login/oauth/authorize"
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
_KEPT = ("client_id", "state", "code_challenge", "code_challenge_method")
_STYLE = "body{font:15px/1.5 system-ui;max-width:40em;margin:2em auto}input,button{font:inherit;padding:.3em .6em}"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Client:
    """What the App's settings page shows: `callback_url` is the first one that is entered there."""

    identity: str
    secret: str
    callback_url: str


@dataclass(frozen=True)
class _Grant:
    """`challenge` is empty when the sign-in was begun without PKCE. `ends` is in seconds since the epoch."""

    login: str
    challenge: str
    ends: float


class SigningIn:
    def __init__(self, client: Client, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_AUTHORIZE, self._ask),
            web.post(_AUTHORIZE, self._confirm),
            web.post("/login/oauth/access_token", self._exchange),
            web.get("/user", self._user),
        ]

    async def _ask(self, request: web.Request) -> web.Response:
        """The page on which one chooses who one is."""
        self._check(request.query)
        kept = "".join(f'<input type=hidden name="{name}" value="{escape(request.query[name])}">' for name in _KEPT if name in request.query)
        suggested = escape(request.query.get("login", ""))
        text = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>Sign in to GitHub, the twin</title><style>{_STYLE}</style><h1>Who are you?</h1>"
            "<p>This is the laptop's stand-in for GitHub: it believes you. Slipway will be told this login.</p>"
            f'<form method=post action="{_AUTHORIZE}">{kept}<label>Login <input name=login value="{suggested}" required autofocus></label> '
            "<button>Sign in</button></form>"
        )
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def _confirm(self, request: web.Request) -> web.Response:
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        self._check(form)
        login = form.get("login", "")
        if not _LOGIN.fullmatch(login):
            raise refusal(422, "That is no login")
        code = secrets.token_hex(10)
        self._codes[code] = _Grant(login, form.get("code_challenge", ""), self._clock() + CODE_LASTS_SECONDS)
        back = {"code": code, **({"state": form["state"]} if "state" in form else {})}
        return web.Response(status=302, headers={"Location": f"{self._client.callback_url}?{urlencode(back)}", **_HEADERS})

    async def _exchange(self, request: web.Request) -> web.Response:
        """Refusals have status 200, as at GitHub: troubleshooting-oauth-app-access-token-request-errors."""
        given = {**request.query, **await request.post()}
        if not _equal(given.get("client_id"), self._client.identity) or not _equal(given.get("client_secret"), self._client.secret):
            return _no("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
        grant = self._codes.pop(str(given.get("code", "")), None)
        if grant is None or grant.ends <= self._clock() or (grant.challenge and not _proves(str(given.get("code_verifier", "")), grant.challenge)):
            return _no("bad_verification_code", "The code passed is incorrect or expired.")
        token = f"ghu_{secrets.token_urlsafe(27)}"
        self._tokens[token] = _Grant(grant.login, "", self._clock() + TOKEN_LASTS_SECONDS)
        return web.json_response({"access_token": token, "expires_in": TOKEN_LASTS_SECONDS, "scope": "", "token_type": "bearer"})

    async def _user(self, request: web.Request) -> web.Response:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        grant = self._tokens.get(value.strip()) if kind.lower() in ("bearer", "token") else None
        if grant is None or grant.ends <= self._clock():
            raise refusal(401, "Bad credentials")
        return web.json_response({"login": grant.login, "id": stable_id(f"user {grant.login.lower()}"), "type": "User"})

    def _check(self, given: Mapping[str, str]) -> None:
        """GitHub shows a page of 404 for another App's id; a challenge has to be S256 and 43 characters."""
        if given.get("client_id") != self._client.identity:
            raise refusal(404, "Not Found")
        with_pkce = "code_challenge" in given or "code_challenge_method" in given
        if with_pkce and (given.get("code_challenge_method") != "S256" or len(given.get("code_challenge", "")) != 43):
            raise refusal(422, "Only the code challenge method S256 is supported, with a challenge of 43 characters")


def _equal(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _proves(verifier: str, challenge: str) -> bool:
    return hmac.compare_digest(base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"="), challenge.encode())


def _no(error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description, "error_uri": "https://docs.github.com/apps"})
