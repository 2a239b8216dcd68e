import io
import json
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from sample_app.correlation import correlate
from sample_app.logs import JsonFormatter

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"{TRACE}-00f067aa0ba902b7-01"


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_id(client: TestClient, log: io.StringIO) -> None:
    answer = client.get("/", headers={"x-request-id": "call-17"})
    assert answer.headers["x-request-id"] == "call-17"
    (line,) = lines(log)
    assert (line["method"], line["route"], line["status"], line["request_id"]) == ("GET", "/", 200, "call-17")
    assert "trace_id" not in line and isinstance(line["duration_ms"], float)


def test_every_line_of_a_request_has_its_ids(client: TestClient, app: FastAPI, log: io.StringIO) -> None:
    @app.get("/talking")
    def talking() -> None:
        logging.getLogger("sample_app.talking").info("in a thread")

    client.get("/talking", headers={"x-request-id": "call-18", "traceparent": f"00-{PARENT}"})
    assert [(line["message"], line["request_id"], line["trace_id"]) for line in lines(log)] == [
        ("in a thread", "call-18", TRACE),
        ("request", "call-18", TRACE),
    ]


@pytest.mark.parametrize(
    ("parents", "followed"),
    [
        ([f"00-{PARENT}"], True),
        ([f"cc-{PARENT}"], True),
        ([f"cc-{PARENT}-what-will-be"], True),
        ([f"00-{PARENT}-more"], False),
        ([f"cc-{PARENT}more"], False),
        ([f"ff-{PARENT}"], False),
        ([f"00-{PARENT.upper()}"], False),
        ([f"00-{'0' * 32}-00f067aa0ba902b7-01"], False),
        ([f"00-{TRACE}-{'0' * 16}-01"], False),
        ([f"00-{TRACE}"], False),
        ([f"00-{PARENT}", f"00-{PARENT}"], False),
        ([""], False),
    ],
)
def test_a_trace_is_followed_only_if_it_is_well_formed(parents: list[str], followed: bool) -> None:
    """https://www.w3.org/TR/trace-context/#traceparent-header"""
    headers = Headers(raw=[(b"traceparent", parent.encode()) for parent in parents])
    assert correlate(headers).trace_id == (TRACE if followed else "")


def test_a_malformed_request_id_is_replaced(client: TestClient) -> None:
    assert client.get("/", headers={"x-request-id": 'x" injected="1'}).headers["x-request-id"].isalnum()


def test_probes_leave_no_line_at_the_usual_level(client: TestClient, log: io.StringIO) -> None:
    client.get("/health/ready")
    client.get("/metrics")
    assert lines(log) == []


def test_an_exception_stays_within_its_line() -> None:
    error = RuntimeError("first\nsecond")
    record = logging.LogRecord("name", logging.ERROR, __file__, 1, "failed: %s", ("x",), (type(error), error, None))
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "failed: x"
    assert "RuntimeError: first" in json.loads(line)["exception"]
