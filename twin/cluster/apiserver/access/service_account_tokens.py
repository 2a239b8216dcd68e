"""Tokens of service accounts: given out by the subresource `token` (TokenRequest), recognised by `authentication`.

JSON Web Tokens with a real server's claims, signed (HS256) with a secret that ends with the server, where a real one signs with a key pair. A token ends with
its time and with its service account. Left out: tokens bound to a pod or a secret, other audiences than the server itself, TokenReview.
https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import unauthorized
from twin.cluster.apiserver.objects import Object

ISSUER = "https://kubernetes.default.svc.cluster.local"
_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True)
class Issued:
    """`expires` is in seconds since 1970."""

    token: str
    expires: int


class ServiceAccountTokens:
    """`find` looks up a service account by namespace and name."""

    def __init__(self, find: Callable[[str, str], Object | None]) -> None:
        self._find = find
        self._secret = secrets.token_bytes(32)

    def issue(self, account: Object, seconds: int) -> Issued:
        about, now = account["metadata"], int(time.time())
        named = {"namespace": about["namespace"], "serviceaccount": {"name": about["name"], "uid": about["uid"]}}
        claims = {"aud": [ISSUER], "exp": now + seconds, "iat": now, "nbf": now, "iss": ISSUER, "kubernetes.io": named}
        claims |= {"jti": secrets.token_hex(16), "sub": _user_name(about["namespace"], about["name"])}
        text = f"{_encoded(_HEADER)}.{_encoded(claims)}"
        return Issued(f"{text}.{self._signature(text)}", now + seconds)

    def user_of(self, token: str) -> User:
        """Unauthorized for a token of somebody else, one whose time is up, and one whose service account is gone."""
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(text).encode(), signature.encode(errors="surrogateescape")):
            raise unauthorized("unknown bearer token")
        claims = _decoded(text.partition(".")[2])
        if claims["exp"] < time.time():
            raise unauthorized("token has expired")
        namespace, account = claims["kubernetes.io"]["namespace"], claims["kubernetes.io"]["serviceaccount"]
        found = self._find(namespace, account["name"])
        if found is None or found["metadata"]["uid"] != account["uid"]:
            raise unauthorized("the service account is gone")
        return User(_user_name(namespace, account["name"]), frozenset({"system:serviceaccounts", f"system:serviceaccounts:{namespace}"}))

    def _signature(self, text: str) -> str:
        return _base64(hmac.digest(self._secret, text.encode(errors="surrogateescape"), hashlib.sha256))


def looks_like_one(token: str) -> bool:
    return token.count(".") == 2


def _user_name(namespace: str, name: str) -> str:
    return f"system:serviceaccount:{namespace}:{name}"


def _encoded(part: object) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
