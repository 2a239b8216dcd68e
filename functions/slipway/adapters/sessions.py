"""What a browser keeps while a person signs in and afterwards: cookies signed with the platform's key, each kind with a salt of its own (see `links`).

They can be read without the key, so they name nothing secret to the person's own browser; they can't be made or changed without it, and end by themselves.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from slipway.ports import Secret, SignInAttempt

SESSION_LASTS = timedelta(hours=1)
ATTEMPT_LASTS = timedelta(minutes=10)
"""GitHub's codes end after ten minutes, too.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""
_LONGEST_COOKIE = 2000


class SignedSessions:
    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def begin(self, link: str, now: datetime) -> SignInAttempt:
        """`state` and `verifier` are new and random: 32 bytes each, in base64 (RFC 7636, section 4.1, wants 43 characters or more)."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        return SignInAttempt(state, verifier, link, self._sealed("sign-in", [state, verifier, link], now + ATTEMPT_LASTS))

    def resume(self, cookie: str, state: str, now: datetime) -> SignInAttempt | None:
        match self._opened("sign-in", cookie, now):
            case [str(expected), str(verifier), str(link)] if hmac.compare_digest(expected.encode(), state.encode()):
                return SignInAttempt(expected, verifier, link, cookie)
        return None

    def make(self, login: str, now: datetime) -> str:
        return self._sealed("session", [login], now + SESSION_LASTS)

    def read(self, cookie: str, now: datetime) -> str:
        match self._opened("session", cookie, now):
            case [str(login)]:
                return login
        return ""

    def _sealed(self, kind: str, content: Sequence[str], ends: datetime) -> str:
        return str(self._serializer(kind).dumps([*content, int(ends.timestamp())]))

    def _opened(self, kind: str, cookie: str, now: datetime) -> list[object] | None:
        """None for everything that `_sealed` hasn't made as that kind, and for what has ended."""
        if not cookie or len(cookie) > _LONGEST_COOKIE or not cookie.isascii():
            return None
        try:
            content = self._serializer(kind).loads(cookie)
        except BadData:
            return None
        match content:
            case [*parts, int(ends)] if now.timestamp() < ends:
                return parts
        return None

    def _serializer(self, kind: str) -> URLSafeSerializer:
        keys = list(reversed(self._secret.values()))
        return URLSafeSerializer(keys, salt=f"slipway.{kind}", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"})
