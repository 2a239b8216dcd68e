"""Rules with a schedule: fired by the clock of this machine, in UTC."""

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

from twin.aws import server
from twin.aws.events.delivery import Delivery
from twin.aws.events.expressions import next_time

LOG = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 5.0
_NEVER = datetime.max.replace(tzinfo=UTC)


class Schedules:
    """Fires scheduled rules from one thread until `close`. A new rule is seen within a few seconds; its rate counts from then."""

    def __init__(self, delivery: Delivery, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._delivery = delivery
        self._clock = clock
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Fire nothing any more."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        wait, due = 0.0, dict[tuple[str, str], datetime]()
        while not self._closed.wait(wait):
            now, known = self._clock(), due
            due = {}
            for rule in _scheduled_rules():
                key = rule.name, rule.scheduled_expression
                due[key] = known.get(key) or _next(rule, now)
                if due[key] <= now:
                    due[key] = _next(rule, now)
                    for target in rule.targets:
                        self._delivery.deliver(target, _scheduled_event(rule, now))
            nearest = min(due.values(), default=_NEVER)
            wait = max(0.0, min(_LOOK_AGAIN_SECONDS, (nearest - self._clock()).total_seconds()))


def _scheduled_rules() -> list[Any]:
    bus = events_backends[server.ACCOUNT][server.REGION].event_buses["default"]
    return [rule for rule in list(bus.rules.values()) if rule.scheduled_expression and rule.state == "ENABLED"]


def _next(rule: Any, now: datetime) -> datetime:
    try:
        return next_time(rule.scheduled_expression, now)
    except ValueError as error:
        LOG.warning("rule %s never fires: %s", rule.name, error)
        return _NEVER


def _scheduled_event(rule: Any, now: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": server.ACCOUNT,
        "time": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "region": server.REGION,
        "resources": [rule.arn],
        "detail": {},
    }
