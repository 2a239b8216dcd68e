"""The presigned GetCallerIdentity inside an EKS token: is it one, and until when does it count? Pure; used by `eks_tokens`.

Source of the checks: `Verify` of kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go. Left out: other partitions than `aws`.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"

_LONGEST_TOKEN_BYTES = 4096
_LONGEST_EXPIRES_SECONDS = 900
_VALID_FOR = timedelta(minutes=15)
"""From X-Amz-Date on, whatever X-Amz-Expires says: so STS has it."""
_CLOCK_SKEW = timedelta(minutes=5)
_HOST = re.compile(r"sts\.(?:[a-z]{2}(?:-[a-z]+)+-[0-9]\.)?amazonaws\.com")
_PARAMETERS = frozenset(
    {
        "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token", "x-amz-signature",
        "x-amz-signedheaders",
    }
)  # fmt: skip


class Malformed(Exception):
    """Why a token isn't an EKS token that counts now. Never quotes the token."""


@dataclass(frozen=True)
class Presigned:
    """`query` is to be sent to STS as it is: the signature covers it."""

    query: str
    expires: datetime


def read_presigned(token: str, now: datetime) -> Presigned:
    """Malformed when `token` isn't the presigned GetCallerIdentity of an STS endpoint, didn't sign the cluster's name, or is too old."""
    query = _query(token)
    parameters = _parameters(query)
    if parameters.get("action") != "GetCallerIdentity":
        raise Malformed("unexpected action parameter in pre-signed URL")
    if CLUSTER_HEADER not in parameters.get("x-amz-signedheaders", "").lower().split(";"):
        raise Malformed(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    expires = parameters.get("x-amz-expires", "")
    if not re.fullmatch("[0-9]{1,3}", expires) or int(expires) > _LONGEST_EXPIRES_SECONDS:
        raise Malformed("invalid X-Amz-Expires parameter in pre-signed URL")
    signed = _date(parameters.get("x-amz-date", ""))
    if now > signed + _VALID_FOR:
        raise Malformed("X-Amz-Date parameter is expired (15 minute expiration)")
    # STS refuses a signature of tomorrow. The twin's STS checks no signatures, and a cached user must not outlive the 15 minutes.
    if signed > now + _CLOCK_SKEW:
        raise Malformed("X-Amz-Date parameter is in the future")
    return Presigned(query, signed + _VALID_FOR)


def _query(token: str) -> str:
    encoded = token.removeprefix(PREFIX)
    if len(token) > _LONGEST_TOKEN_BYTES:
        raise Malformed("token is too large")
    try:
        url = urlsplit(base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode("ascii"))
    except ValueError as error:
        raise Malformed("token is not an encoded URL") from error
    if url.scheme != "https" or not _HOST.fullmatch(url.netloc) or url.path != "/" or url.fragment:
        raise Malformed("token is not a pre-signed URL of an STS endpoint")
    return url.query


def _parameters(query: str) -> dict[str, str]:
    """By lower-case name."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.lower() not in _PARAMETERS:
            raise Malformed("non-whitelisted query parameter in pre-signed URL")
        if name.lower() in found:
            raise Malformed("query parameter with multiple values not supported")
        found[name.lower()] = value
    return found


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("error parsing X-Amz-Date parameter in pre-signed URL") from error
