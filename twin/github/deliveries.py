"""Sends signed events to a repository's webhook, one after the other, and keeps a record of every attempt. Filled by `publishing` and `api`.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries (GitHub never tries again by itself)
"""

import asyncio
import hmac
import itertools
import json
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from twin.github.events import Payload, Place, stable_id

ANSWER_WITHIN_SECONDS = 10.0

_KEPT = 1000
_LONGEST_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Hook:
    """Where events go; `secret` signs them. `app_id` is that of the App whose webhook it is, empty for a repository's own."""

    url: str
    secret: str
    app_id: str = ""


@dataclass(frozen=True)
class Message:
    """What is sent, and sent again on request: the same GUID, the same bytes."""

    guid: str
    event: str
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """Of one attempt. `status` is the answer's reason phrase; without an answer it says why, and `code` is 502 or 504, which no receiver sent."""

    code: int
    status: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver a message."""

    id: int
    message: Message
    delivered_at: datetime
    redelivery: bool
    duration_seconds: float
    headers: Mapping[str, str]
    outcome: Outcome

    @property
    def succeeded(self) -> bool:
        return 200 <= self.outcome.code < 300


def sign(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """The value of X-Hub-Signature-256. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


class Deliveries:
    """Of one repository's hook. `run` works off what was put in; nothing that puts something in ever waits."""

    def __init__(self, place: Place, hook: Hook, session: aiohttp.ClientSession, ids: Iterator[int] | None = None) -> None:
        """`ids` number the attempts, those of several repositories in one count."""
        self.hook = hook
        self._place = place
        self._session = session
        self._waiting: asyncio.Queue[tuple[Message, bool]] = asyncio.Queue()
        self._done: deque[Delivery] = deque(maxlen=_KEPT)
        self._ids = ids or itertools.count(1)

    @property
    def hook_id(self) -> int:
        """The same on every start."""
        return stable_id(f"{self._place.full_name} hook")

    def __iter__(self) -> Iterator[Delivery]:
        """Newest first."""
        return iter(list(reversed(self._done)))

    def find(self, delivery_id: int) -> Delivery | None:
        return next((each for each in self._done if each.id == delivery_id), None)

    def send(self, event: str, payload: Payload) -> None:
        """A new event, after all that wait already."""
        self._waiting.put_nowait((Message(str(uuid.uuid4()), event, json.dumps(payload).encode()), False))

    def send_again(self, delivery: Delivery) -> None:
        """The same message, as a delivery of its own."""
        self._waiting.put_nowait((delivery.message, True))

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            message, redelivery = await self._waiting.get()
            self._done.append(await self._attempt(message, redelivery))

    async def _attempt(self, message: Message, redelivery: bool) -> Delivery:
        headers = self._headers(message)
        began, clock = datetime.now(UTC), time.monotonic()
        outcome = await self._post(message.body, headers)
        return Delivery(next(self._ids), message, began, redelivery, time.monotonic() - clock, headers, outcome)

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS)
        try:
            async with self._session.post(self.hook.url, data=body, headers=headers, allow_redirects=False, timeout=timeout) as response:
                text = (await response.content.read(_LONGEST_ANSWER_BYTES)).decode(errors="replace")
                return Outcome(response.status, response.reason or "", dict(response.headers), text)
        except TimeoutError:
            return Outcome(504, "timed out", {}, "")
        except aiohttp.ClientError as error:
            return Outcome(502, "failed to connect", {}, str(error))

    def _headers(self, message: Message) -> Mapping[str, str]:
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/twin",
            "X-GitHub-Delivery": message.guid,
            "X-GitHub-Event": message.event,
            "X-GitHub-Hook-ID": str(self.hook_id),
            "X-GitHub-Hook-Installation-Target-ID": self.hook.app_id or str(self._place.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration" if self.hook.app_id else "repository",
            "X-Hub-Signature": sign(self.hook.secret, message.body, "sha1"),
            "X-Hub-Signature-256": sign(self.hook.secret, message.body),
        }
