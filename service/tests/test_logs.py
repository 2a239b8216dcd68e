import asyncio
import io
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sample_app.application import create_app
from sample_app.correlation import correlate
from sample_app.logs import AccessLog
from sample_app.observation import ObservedRequest
from sample_app.settings import Settings

SERVICE = Path(__file__).parents[1]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"{TRACE}-00f067aa0ba902b7-01"


def lines(log: io.BytesIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_id(client: TestClient, log: io.BytesIO) -> None:
    answer = client.get("/", headers={"x-request-id": "call-17"})
    assert answer.headers["x-request-id"] == "call-17"
    (line,) = lines(log)
    assert (line["method"], line["route"], line["status"], line["request_id"]) == ("GET", "/", 200, "call-17")
    assert "trace_id" not in line and isinstance(line["duration_ms"], float)


def test_every_line_of_a_request_has_its_ids(client: TestClient, app: FastAPI, log: io.BytesIO) -> None:
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
    headers = [(b"traceparent", parent.encode()) for parent in parents]
    assert correlate(headers).trace_id == (TRACE if followed else "")


def test_of_two_request_ids_none_is_taken() -> None:
    twice = correlate([(b"x-request-id", b"one"), (b"x-request-id", b"two")]).request_id
    assert twice not in ("one", "two") and twice.isalnum()


def test_a_malformed_request_id_is_replaced(client: TestClient) -> None:
    assert client.get("/", headers={"x-request-id": 'x" injected="1'}).headers["x-request-id"].isalnum()


def test_probes_leave_no_line_at_the_usual_level(client: TestClient, log: io.BytesIO) -> None:
    client.get("/health/ready")
    client.get("/metrics")
    assert lines(log) == []


def test_an_exception_stays_within_its_line(log: io.BytesIO) -> None:
    error = RuntimeError("first\nsecond")
    logging.getLogger("sample_app").error("failed: %s", "x", exc_info=error)
    (line,) = lines(log)
    assert line["message"] == "failed: x"
    assert "RuntimeError: first\nsecond" in str(line["exception"])


@pytest.mark.parametrize("odd", ["half of a pair: \ud83d", b"\xff", object()])
def test_what_json_has_no_form_for_is_written_all_the_same(log: io.BytesIO, odd: object) -> None:
    logging.getLogger("sample_app").info("odd", extra={"fields": {"value": odd}})
    (line,) = lines(log)
    assert line["value"] == str(odd)
    assert datetime.fromisoformat(str(line["time"])).tzinfo is UTC


class Pipe(io.RawIOBase):
    """Keeps what came through, write by write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.written = asyncio.Event()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.writes.append(bytes(data))
        self.written.set()
        return len(data)


@pytest.mark.usefixtures("log")
def test_lines_of_requests_go_out_together_and_none_of_an_ended_loop_is_kept() -> None:
    """Each loop is one in which a process serves."""
    pipe = Pipe()
    buffer = io.BufferedWriter(pipe)
    access_log = AccessLog(buffer)

    async def serve() -> None:
        pipe.written = asyncio.Event()
        for _ in range(3):
            access_log(ObservedRequest("GET", "/", 200, 0.001))
        assert not pipe.written.is_set()
        await asyncio.wait_for(pipe.written.wait(), 10)

    async def serve_and_end() -> None:
        access_log(ObservedRequest("GET", "/", 200, 0.001))

    asyncio.run(serve())
    asyncio.run(serve_and_end())
    asyncio.run(serve())
    assert [write.count(b"\n") for write in pipe.writes] == [3, 4]


def test_what_cannot_be_written_breaks_no_request(settings: Settings, log: io.BytesIO) -> None:
    class Broken(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            raise BrokenPipeError

    with TestClient(create_app(settings, AccessLog(io.BufferedWriter(Broken(), 1)))) as client:
        assert [client.get("/").status_code for _ in range(3)] == [200] * 3


def test_lines_of_both_kinds_are_whole_in_order_and_all_there_at_the_end() -> None:
    log_two_requests_a_record_and_one_more = (
        "import asyncio, logging\n"
        "from sample_app.logs import configure_logs\n"
        "from sample_app.observation import ObservedRequest\n"
        "access_log = configure_logs('INFO')\n"
        "async def serve():\n"
        "    access_log(ObservedRequest('GET', '/1', 200, 0.001))\n"
        "    access_log(ObservedRequest('GET', '/2', 200, 0.001))\n"
        "    logging.getLogger('other').info('caf\\xe9 \\x9b')\n"
        "    access_log(ObservedRequest('GET', '/3', 200, 0.001))\n"
        "asyncio.run(serve())\n"
    )
    with subprocess.Popen([sys.executable], cwd=SERVICE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        written, _ = process.communicate(log_two_requests_a_record_and_one_more.encode(), timeout=60)
    assert process.returncode == 0 and written.isascii()
    assert [line.get("route", line["message"]) for line in map(json.loads, written.splitlines())] == ["/1", "/2", "café \x9b", "/3"]
