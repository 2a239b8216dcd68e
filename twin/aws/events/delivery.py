"""From a rule to its targets, as far as moto doesn't do it: Lambda functions and state machines.

Functions are invoked asynchronously, with Lambda's retries. Other kinds of targets are left to moto. The weather may delay, double or lose an event.
"""

import logging
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from twin.aws.events.shape import shaped
from twin.aws.functions.invocation import AsynchronousInvocations, described
from twin.aws.weather import Weather
from twin.corrections.events.rules import deliver_with, service_of

LOG = logging.getLogger(__name__)


class Delivery:
    """Brings events to functions and state machines, until `close`."""

    def __init__(self, later: AsynchronousInvocations, weather: Weather) -> None:
        self._later = later
        self._weather = weather
        self._under_way: list[threading.Timer] = []
        self._leave = [deliver_with(service, self.deliver) for service in ("lambda", "states")]

    def close(self) -> None:
        """Deliver nothing any more."""
        for leave in self._leave:
            leave()
        for timer in self._under_way:
            timer.cancel()

    def deliver(self, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Start a target of ours with `event`, at once and once in fair weather."""
        for seconds in self._weather.deliveries(event["source"]):
            if not seconds:
                self._start(target, event)
                continue
            timer = threading.Timer(seconds, self._start, (target, event))
            timer.daemon = True
            timer.start()
            self._under_way = [timer, *(other for other in self._under_way if other.is_alive())]

    def _start(self, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """With the event as the target asks for it. A target that isn't there, or asks for what the event lacks, is logged."""
        arn, service = target["Arn"], service_of(target)
        region, account = arn.split(":")[3:5]
        try:
            payload = shaped(target, event)
            if service == "lambda":
                function = lambda_backends[account][region].get_function(arn)
                self._later.accept(described(function), payload.encode())
            elif service == "states":
                stepfunctions_parser_backends[account][region].start_execution(arn, str(uuid.uuid4()), payload)
        except Exception:  # one missing target must not keep the event from the others
            LOG.exception("an event can't be delivered to %s", arn)
