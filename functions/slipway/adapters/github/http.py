"""Requests to GitHub's REST API, and the one place where its failures become ours. Used by `app` only.

urllib3 is there already, under boto3; another client would make a cold start longer.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import certifi
import urllib3

from slipway.errors import TemporarilyUnavailable, Unexpected

LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
"""A comparison with the patches of 300 files stays far below."""

_TIMEOUT = urllib3.Timeout(connect=5, read=20)
# A renamed repository answers with a redirect. Another host never gets to see the token: urllib3 drops it.
# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
_RETRIES = urllib3.Retry(total=3, connect=0, read=0, status=0, other=0, redirect=3)
_LONGEST_MESSAGE = 300


@dataclass(frozen=True)
class Answer:
    """`body` is parsed JSON, None when there is none. `request` names method and path, for messages."""

    request: str
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def message(self) -> str:
        """What GitHub says about a refusal, on one line."""
        found = self.body.get("message", "") if isinstance(self.body, dict) else ""
        return " ".join(str(found).split())[:_LONGEST_MESSAGE]

    @property
    def following(self) -> str:
        """The address of the next page, empty on the last. https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api"""
        for part in self.headers.get("link", "").split(","):
            address, _, relation = part.partition(";")
            if relation.strip() == 'rel="next"':
                return address.strip().strip("<>")
        return ""

    def expect(self, *statuses: int) -> Any:
        """The body. Unexpected, with what GitHub said, for another status."""
        if self.status in statuses:
            return self.body
        raise Unexpected(f"GitHub answered {self.status} to {self.request}: {self.message or 'no reason'}{_REMEDIES.get(self.status, '')}")


_REMEDIES = {
    401: " (check app_id and private_key in the secret of the GitHub App)",
    403: " (check the permissions of the GitHub App, and that the installation has accepted them)",
}


class Http:
    """`url` is the API's, such as `https://api.github.com`, without a slash at the end."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=_RETRIES, ca_certs=certifi.where())

    def send(self, method: str, path: str, token: str, body: Mapping[str, object] | None = None) -> Answer:
        """`path` begins with a slash, or is a whole address of this API. TemporarilyUnavailable when GitHub doesn't answer or asks to wait."""
        if not path.startswith(("/", f"{self.url}/")):
            raise Unexpected(f"GitHub names another page at {path[:100]}, which isn't below {self.url}.")
        address = path if path.startswith(self.url) else f"{self.url}{path}"
        request = f"{method} {address.removeprefix(self.url).partition('?')[0]}"
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "slipway",
            "X-GitHub-Api-Version": "2022-11-28",
            **({"Content-Type": "application/json"} if body is not None else {}),
        }
        try:
            response = self._pool.request(
                method, address, headers=headers, body=None if body is None else json.dumps(body).encode(), preload_content=False, decode_content=True
            )
            content = response.read(LARGEST_ANSWER_BYTES + 1, decode_content=True)
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason else error
            raise TemporarilyUnavailable(f"GitHub doesn't answer to {request}: {type(cause).__name__}") from error
        if len(content) > LARGEST_ANSWER_BYTES:
            raise Unexpected(f"GitHub's answer to {request} has more than {LARGEST_ANSWER_BYTES} bytes.")
        answer = Answer(request, response.status, {name.lower(): value for name, value in response.headers.items()}, _parsed(content))
        _refuse_to_hurry(answer)
        return answer


def _parsed(content: bytes) -> Any:
    """None for what isn't JSON: an error page of something in between."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _refuse_to_hurry(answer: Answer) -> None:
    """TemporarilyUnavailable for a fault of GitHub's and for both kinds of rate limit.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    if answer.status >= 500:
        raise TemporarilyUnavailable(f"GitHub answered {answer.status} to {answer.request}.")
    if answer.status not in (403, 429):
        return
    wait, exhausted = answer.headers.get("retry-after"), answer.headers.get("x-ratelimit-remaining") == "0"
    if answer.status == 429 or wait is not None or exhausted or "rate limit" in answer.message.lower():
        until = f" for {wait} s" if wait else f" until {answer.headers.get('x-ratelimit-reset')} (epoch)" if exhausted else " for a minute"
        raise TemporarilyUnavailable(f"GitHub asks to wait{until}: {answer.message or answer.status}")


@contextmanager
def understood(answer: Answer) -> Iterator[None]:
    """Unexpected when the answer lacks what GitHub's documentation promises."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Unexpected(f"GitHub's answer to {answer.request} isn't as documented: {type(error).__name__} {error}") from error
