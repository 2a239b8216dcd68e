"""AWS at its worst, on demand: events that come late, twice, out of order or never, and calls that are throttled.

A stack looks at `weather.json` in its folder before every event and every call, so the weather can change while it runs; without the file it is fair:

    {"events": {"aws.states": {"lost": 0.1, "doubled": 0.3, "late_seconds": 5}}, "throttled": {"dynamodb": 0.1}}

`events` goes by an event's source, `*` for all that have none of their own. `lost` and `doubled` are shares from 0 to 1; each delivery comes up to
`late_seconds` late, so that a later event may overtake it. EventBridge delivers at least once and in no order, and what Step Functions and CodeBuild send
is best effort: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html. `throttled` goes by service, as in a signature's scope.
Left out: throttling of services that don't speak JSON (S3, SNS, STS), of what state machines call, and by rate instead of by chance.
"""

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from twin.corrections.stepfunctions.clients import AGENT

FILE = "weather.json"
_SCOPE = re.compile(r"Credential=([^/,]+)/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
OF_THE_TWIN = "twin"
"""The access key that the twin's own parts sign with."""
_JSON_SERVICES = frozenset({"codebuild", "dynamodb", "ecr", "events", "secretsmanager", "sqs", "states"})


class BadWeather(ValueError):
    """`weather.json` can't be understood; the message says what is wrong."""


@dataclass(frozen=True)
class EventWeather:
    """Of the events of one source."""

    lost: float = 0
    doubled: float = 0
    late_seconds: float = 0


@dataclass(frozen=True)
class Forecast:
    """What is in the file."""

    events: Mapping[str, EventWeather] = field(default_factory=dict)
    throttled: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Forecast":
        """BadWeather when it isn't as the module's docstring says."""
        try:
            told = json.loads(text)
            events = {source: EventWeather(**weather) for source, weather in told.pop("events", {}).items()}
            throttled = told.pop("throttled", {})
            shares = [*throttled.values(), *(share for weather in events.values() for share in (weather.lost, weather.doubled))]
            unknown = [*told, *(set(throttled) - _JSON_SERVICES)]
            if unknown or not all(0 <= share <= 1 for share in shares):
                raise BadWeather(f"{FILE}: {', '.join(unknown) or 'a share that is not from 0 to 1'}")
        except (AttributeError, TypeError, json.JSONDecodeError) as error:
            raise BadWeather(f"{FILE}: {error}") from error
        return cls(events, throttled)


class Weather:
    """Of one stack; `folder` is where its file may be."""

    def __init__(self, folder: Path, chance: random.Random | None = None) -> None:
        self._file = folder / FILE
        self._chance = chance or random.SystemRandom()
        self._known: tuple[int, Forecast] = (0, Forecast())

    def deliveries(self, source: str) -> list[float]:
        """How many seconds late each delivery of an event comes; empty when it is lost."""
        events = self._forecast().events
        weather = events.get(source) or events.get("*") or EventWeather()
        if self._chance.random() < weather.lost:
            return []
        count = 2 if self._chance.random() < weather.doubled else 1
        return [self._chance.random() * weather.late_seconds for _ in range(count)]

    def throttles(self, service: str) -> bool:
        """Whether a call of the service is refused."""
        return self._chance.random() < self._forecast().throttled.get(service, 0)

    def _forecast(self) -> Forecast:
        try:
            changed = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return Forecast()
        if self._known[0] != changed:
            self._known = changed, Forecast.parse(self._file.read_text())
        return self._known[1]


def throttling(application: Callable[..., Iterable[bytes]], weather: Weather) -> Callable[..., Iterable[bytes]]:
    """The WSGI application, which refuses some calls as AWS does when there are too many; none of the twin's own, which on AWS don't exist."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        of_a_state_machine = AGENT in environ.get("HTTP_USER_AGENT", "")
        if scope is None or scope.group(1) == OF_THE_TWIN or of_a_state_machine or not weather.throttles(scope.group(2)):
            return application(environ, start_response)
        told = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})
        return Response(told, 400, {"x-amzn-ErrorType": "ThrottlingException"}, content_type="application/x-amz-json-1.0")(environ, start_response)

    return serve
