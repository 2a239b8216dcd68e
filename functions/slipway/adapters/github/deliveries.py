"""What the App's webhook was sent, and another attempt for what failed: GitHub makes none by itself.

https://docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook
https://docs.github.com/en/rest/apps/webhooks
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.adapters.github.app import App, NotConnected
from slipway.adapters.github.http import understood
from slipway.ports import FailedDelivery

MOST_PAGES = 50
"""Of 100 attempts: 5,000 in the three days for which GitHub keeps them."""

_GONE = (404, 422)


@dataclass(frozen=True)
class _Attempt:
    number: int
    guid: str
    at: datetime
    succeeded: bool


class GitHubDeliveries:
    def __init__(self, app: App) -> None:
        self._app = app

    def failed(self, since: datetime) -> Sequence[FailedDelivery]:
        try:
            attempts = list(self._attempts(since))
        except NotConnected:
            return ()
        delivered = {attempt.guid for attempt in attempts if attempt.succeeded}
        newest: dict[str, FailedDelivery] = {}
        for attempt in attempts:
            if attempt.guid in delivered:
                continue
            known = newest.get(attempt.guid)
            newest[attempt.guid] = (
                FailedDelivery(known.number, known.guid, known.at, known.attempts + 1) if known else FailedDelivery(attempt.number, attempt.guid, attempt.at)
            )
        return sorted(newest.values(), key=lambda delivery: delivery.at)

    def redeliver(self, delivery: FailedDelivery) -> None:
        try:
            asked = self._app.as_itself("POST", f"/app/hook/deliveries/{delivery.number}/attempts")
        except NotConnected:
            return
        if asked.status not in _GONE:
            asked.expect(202)

    def _attempts(self, since: datetime) -> Iterator[_Attempt]:
        """Newest first."""
        path = "/app/hook/deliveries?per_page=100"
        for _ in range(MOST_PAGES):
            page = self._app.as_itself("GET", path)
            page.expect(200)
            with understood(page):
                attempts = [
                    _Attempt(int(each["id"]), str(each["guid"]), datetime.fromisoformat(each["delivered_at"]), 200 <= int(each["status_code"]) < 300)
                    for each in page.body
                ]
            yield from (attempt for attempt in attempts if attempt.at >= since)
            path = page.following
            if not path or any(attempt.at < since for attempt in attempts):
                return
