"""A timeline that has people told: after each event that may change what they should know, the subject goes into the queue of notices.

`bootstrap` puts it around the real timeline of every function that has the queue's address.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from slipway.domain.notice import changes_something
from slipway.ports import Notices, Timeline, TimelineEvent
from slipway.telemetry import logger, metrics


class TellingTimeline:
    def __init__(self, timeline: Timeline, notices: Notices) -> None:
        self._timeline = timeline
        self._notices = notices

    def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: Any) -> None:
        """Raises what the timeline raises. That the queue can't be reached is logged and counted only: no deployment fails because nobody can be told of it."""
        self._timeline.add(subject, kind, message, now, **evidence)
        if not changes_something(subject, kind):
            return
        try:
            self._notices.put(subject)
        except Exception:
            logger.exception("nobody will be told of an event, until the next one about the same subject", subject=subject, kind=kind)
            metrics.add_metric(name="NoticesLost", unit=MetricUnit.Count, value=1)

    def read(self, subject: str) -> Sequence[TimelineEvent]:
        return self._timeline.read(subject)
