"""Rules with a schedule: fired by the clock of this machine, in UTC."""

import logging
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

from twin.aws import server
from twin.aws.events.delivery import Delivery
from twin.aws.events.expressions import next_time

LOG = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 5.0


class Schedules:
    """Fires scheduled rules from one thread until `close`. A new rule is seen within a few seconds; its rate counts from then."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._closed = threading.Event()
        self._due: dict[str, datetime] = {}
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Fire nothing any more."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        wait = 0.0
        while not self._closed.wait(wait):
            now = datetime.now(UTC)
            for rule in _scheduled_rules():
                due = self._due.setdefault(rule.name, _next(rule, now))
                if due <= now:
                    self._due[rule.name] = _next(rule, now)
                    for target in rule.targets:
                        self._delivery.deliver(target, _scheduled_event(rule, now))
            nearest = min(self._due.values(), default=datetime.max.replace(tzinfo=UTC))
            wait = max(0.0, min(_LOOK_AGAIN_SECONDS, (nearest - datetime.now(UTC)).total_seconds()))


def _scheduled_rules() -> list[Any]:
    bus = events_backends[server.ACCOUNT][server.REGION].event_buses["default"]
    return [rule for rule in list(bus.rules.values()) if rule.scheduled_expression and rule.state == "ENABLED"]


def _next(rule: Any, now: datetime) -> datetime:
    try:
        return next_time(rule.scheduled_expression, now)
    except ValueError as error:
        LOG.warning("rule %s never fires: %s", rule.name, error)
        return datetime.max.replace(tzinfo=UTC)


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
