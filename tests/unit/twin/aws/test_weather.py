"""What `weather.json` says, and what it does to events and calls."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from twin.aws.weather import BadWeather, Forecast, Weather, throttling
from twin.corrections.stepfunctions.clients import AGENT


def weather(folder: Path, text: str = "") -> Weather:
    if text:
        (folder / "weather.json").write_text(text)
    return Weather(folder, random.Random(7))


def test_without_a_file_every_event_comes_once_and_at_once_and_no_call_is_refused(tmp_path: Path) -> None:
    fair = weather(tmp_path)
    assert [fair.deliveries("aws.states") for _ in range(100)] == [[0]] * 100
    assert not any(fair.throttles("dynamodb") for _ in range(100))


def test_shares_are_of_many_events(tmp_path: Path) -> None:
    bad = weather(tmp_path, '{"events": {"aws.states": {"lost": 0.25, "doubled": 0.5, "late_seconds": 4}}}')
    came = [bad.deliveries("aws.states") for _ in range(4000)]
    counts = [len(each) for each in came]
    assert 900 < counts.count(0) < 1100
    assert 1350 < counts.count(2) < 1650
    late = [seconds for each in came for seconds in each]
    assert 0 <= min(late) < 0.1
    assert 3.9 < max(late) <= 4
    assert bad.deliveries("aws.codebuild") == [0]


def test_a_source_with_weather_of_its_own_has_not_that_of_all_others(tmp_path: Path) -> None:
    bad = weather(tmp_path, '{"events": {"*": {"lost": 1}, "aws.codebuild": {"doubled": 1}}}')
    assert (bad.deliveries("aws.states"), bad.deliveries("aws.codebuild")) == ([], [0, 0])


def test_the_weather_changes_while_the_stack_runs(tmp_path: Path) -> None:
    changing = weather(tmp_path, '{"events": {"*": {"lost": 1}}}')
    assert changing.deliveries("aws.states") == []
    (tmp_path / "weather.json").unlink()
    assert changing.deliveries("aws.states") == [0]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"event": {}}',
        '{"events": {"*": {"late": 1}}}',
        '{"events": {"*": {"lost": 2}}}',
        '{"events": {"*": {"lost": "often"}}}',
        '{"throttled": {"s3": 0.1}}',
        '{"throttled": {"dynamodb": -1}}',
    ],
)
def test_what_cannot_be_understood_is_said(text: str) -> None:
    with pytest.raises(BadWeather, match=r"weather\.json: "):
        Forecast.parse(text)


def test_a_throttled_call_is_refused_as_aws_does_and_others_go_through(tmp_path: Path) -> None:
    def served(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return Response("served")(environ, start_response)

    client = Client(throttling(served, weather(tmp_path, '{"throttled": {"dynamodb": 1}}')))

    def ask(service: str, key: str = "KEY", agent: str = "Boto3") -> Any:
        scope = f"AWS4-HMAC-SHA256 Credential={key}/20261125/us-east-1/{service}/aws4_request, SignedHeaders=host"
        return client.post("/", headers={"Authorization": scope, "User-Agent": agent})

    refused = ask("dynamodb")
    assert (refused.status_code, json.loads(refused.text)["__type"]) == (400, "ThrottlingException")
    assert ask("states").text == "served"
    assert ask("dynamodb", key="twin").text == "served"
    assert ask("dynamodb", agent=f"Boto3 {AGENT}").text == "served"
    assert client.get("/moto-api/data.json").text == "served"
