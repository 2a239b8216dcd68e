"""EKS tokens → users: STS says whose the token is, the access entries say which groups that principal is in. Called by `authentication`.

What aws-iam-authenticator and EKS's access entries do together. A user's name is the principal's ARN, where EKS by default adds the session's name.
Left out: users and other principals than roles, access policies (groups only), entries that change while the server runs.
https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree  # nosec B405 - the twin's own STS writes what is parsed

import aiohttp
from yarl import URL

from twin.cluster.apiserver.access.presigned import CLUSTER_HEADER, Malformed, Presigned, read_presigned
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import unauthorized, unavailable

_STS_SECONDS = 10
_ASSUMED_ROLE = re.compile(r"arn:aws:sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/[^/]+")
_ROLE = re.compile(r"(?P<start>arn:aws:iam::\d{12}:role/)(?:.*/)?(?P<name>[^/]+)")


class EksTokens:
    """`entries` is a JSON file: a list of `{"principal": "arn:aws:iam::...:role/...", "groups": [...]}`, read once, at the first token."""

    def __init__(self, sts_endpoint: str, entries: Path, cluster: str = "slipway") -> None:
        self._sts = sts_endpoint.rstrip("/")
        self._entries = entries
        self._cluster = cluster
        self._known: dict[str, tuple[datetime, User]] = {}

    async def user_of(self, token: str) -> User:
        """Asks STS once for each token. Unauthorized when the token is bad or its principal has no entry; unavailable when STS gives no answer."""
        now = datetime.now(UTC)
        self._known = {each: known for each, known in self._known.items() if known[0] > now}
        if token in self._known:
            return self._known[token][1]
        try:
            presigned = read_presigned(token, now)
        except Malformed as error:
            raise unauthorized(f"input token was not properly formatted: {error}") from error
        principal = _role_of(await self._caller(presigned))
        if principal not in self._groups:
            raise unauthorized(f"{principal} has no access entry")
        user = User(principal, self._groups[principal])
        self._known[token] = (presigned.expires, user)
        return user

    @cached_property
    def _groups(self) -> Mapping[str, frozenset[str]]:
        """By the principal's ARN without the role's path, which STS doesn't tell."""
        groups: dict[str, frozenset[str]] = {}
        for entry in json.loads(self._entries.read_text()):
            principal = _ROLE.sub(r"\g<start>\g<name>", entry["principal"])
            groups[principal] = groups.get(principal, frozenset()) | set(entry["groups"])
        return groups

    async def _caller(self, presigned: Presigned) -> str:
        """The ARN that STS gives. The signature covers the cluster's name, so a token made for another cluster fails there (the twin's STS doesn't check)."""
        url = URL(f"{self._sts}/?{presigned.query}", encoded=True)
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_STS_SECONDS)) as session,
                session.get(url, headers={CLUSTER_HEADER: self._cluster}, allow_redirects=False) as response,
            ):
                status, body = response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unavailable(f"sts getCallerIdentity failed: {type(error).__name__}") from error
        if status >= 500:
            raise unavailable(f"sts getCallerIdentity failed: error from AWS (expected 200, got {status})")
        if status != 200:
            raise unauthorized(f"sts getCallerIdentity failed: error from AWS (expected 200, got {status})")
        return _arn(body)


def _arn(answer: str) -> str:
    try:
        found = ElementTree.fromstring(answer).findtext(".//{*}Arn")  # nosec B314 - from the twin's own STS
    except ElementTree.ParseError as error:
        raise unavailable("sts getCallerIdentity failed: the answer isn't XML") from error
    if not found:
        raise unavailable("sts getCallerIdentity failed: the answer names nobody")
    return found


def _role_of(caller: str) -> str:
    """The role's ARN of an assumed role; any other ARN as it is."""
    assumed = _ASSUMED_ROLE.fullmatch(caller)
    return f"arn:aws:iam::{assumed['account']}:role/{assumed['role']}" if assumed else caller
