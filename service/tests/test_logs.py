import json
import logging

import pytest
from fastapi.testclient import TestClient

from sample_app.logs import JsonFormatter


def test_a_request_is_one_line_with_its_id(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sample_app.access"):
        answer = client.get("/", headers={"x-request-id": "call-17"})
    assert answer.headers["x-request-id"] == "call-17"
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.name == "sample_app.access"]
    assert [(line["method"], line["route"], line["status"], line["request_id"]) for line in lines] == [("GET", "/", 200, "call-17")]
    assert lines[0]["duration_ms"] >= 0


def test_a_malformed_request_id_is_replaced(client: TestClient) -> None:
    assert client.get("/", headers={"x-request-id": 'x" injected="1'}).headers["x-request-id"].isalnum()


def test_probes_leave_no_line_at_the_usual_level(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sample_app.access"):
        client.get("/health/ready")
        client.get("/metrics")
    assert not [record for record in caplog.records if record.name == "sample_app.access"]


def test_an_exception_stays_within_its_line() -> None:
    error = RuntimeError("first\nsecond")
    record = logging.LogRecord("name", logging.ERROR, __file__, 1, "failed: %s", ("x",), (type(error), error, None))
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "failed: x"
    assert "RuntimeError: first" in json.loads(line)["exception"]
