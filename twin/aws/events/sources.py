"""What AWS's services announce on the default event bus: status changes of executions and of builds, in order.

Shapes: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html and
https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
"""

import json
import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.events.models import events_backends

from twin.aws import server
from twin.corrections.stepfunctions.status import StatusChange, subscribe

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Announcement:
    """An event of one of AWS's services."""

    source: str
    detail_type: str
    resource: str
    detail: Mapping[str, Any]


class Announcements:
    """Puts events on the bus from one thread, in the order in which they were announced, until `close`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Announcement | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="announcements", daemon=True)
        self._thread.start()
        self._unsubscribe = subscribe(lambda change: self.announce(execution_status_change(change)))

    def announce(self, announcement: Announcement) -> None:
        """Put an event on the bus soon."""
        self._queue.put(announcement)

    def close(self) -> None:
        """Stop, after what was announced so far."""
        self._unsubscribe()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (announcement := self._queue.get()) is not None:
            entry = {
                "Source": announcement.source,
                "DetailType": announcement.detail_type,
                "Resources": [announcement.resource],
                "Detail": json.dumps(announcement.detail),
            }
            try:
                events_backends[server.ACCOUNT][server.REGION].put_events([entry])
            except Exception:  # the next announcement must not be lost with this one
                LOG.exception("an event of %s can't be put on the bus", announcement.source)


def execution_status_change(change: StatusChange) -> Announcement:
    """ "Step Functions Execution Status Change" of an execution."""
    execution, ended = change.execution, change.status != "RUNNING"
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": change.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date) if ended else None,
        "input": json.dumps(execution.input_data),
        "inputDetails": {"included": True},
        "output": json.dumps(execution.output) if change.status == "SUCCEEDED" else None,
        "outputDetails": {"included": True} if change.status == "SUCCEEDED" else None,
        "error": execution.error if ended else None,
        "cause": execution.cause if ended else None,
    }
    return Announcement("aws.states", "Step Functions Execution Status Change", execution.exec_arn, detail)


def build_state_change(build: Mapping[str, Any]) -> Announcement:
    """ "CodeBuild Build State Change" of a build as BatchGetBuilds tells it."""
    detail = {
        "build-status": build["buildStatus"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "additional-information": {
            "build-complete": build["buildComplete"],
            "initiator": build["initiator"],
            "source-version": build["sourceVersion"],
            "environment": {"environment-variables": build["environment"]["environmentVariables"]},
            "exported-environment-variables": build["exportedEnvironmentVariables"],
        },
        "current-phase": build["currentPhase"],
        "current-phase-context": "[]",
        "version": "1",
    }
    return Announcement("aws.codebuild", "CodeBuild Build State Change", build["arn"], detail)


def _milliseconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None
