"""The demo's client: it counts what it sends and writes down every failure with its time."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from twin.demo.facts import FailedRequest
from twin.demo.traffic import Load, read_traffic


class Server(http.server.ThreadingHTTPServer):
    """Answers with the status that `status` holds, and remembers the hosts that were asked for."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.hosts: list[str] = []


class Answerer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.hosts.append(self.headers["Host"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@retry(wait=wait_fixed(0.05), stop=stop_after_delay(20), retry=retry_if_exception_type(AssertionError), reraise=True)
def asked(server: Server, least: int) -> None:
    assert len(server.hosts) >= least


@retry(wait=wait_fixed(0.05), stop=stop_after_delay(20), retry=retry_if_exception_type(AssertionError), reraise=True)
def failed(load: Load, least: int) -> None:
    assert len(load.so_far("dev").failures) >= least


@retry(wait=wait_fixed(0.05), stop=stop_after_delay(20), retry=retry_if_exception_type(AssertionError), reraise=True)
def seconds_written(load: Load, least: int) -> None:
    assert load.so_far("dev").requests >= least


def test_every_request_is_counted_and_only_the_failed_ones_are_written_down(server: Server, tmp_path: Path) -> None:
    with Load(f"http://127.0.0.1:{server.server_port}/", tmp_path / "load.jsonl") as load:
        load.send_to("dev", "sample-app.dev.localhost")
        load.send_to("dev", "sample-app.dev.localhost")
        asked(server, 5)
        assert load.so_far("dev").failures == ()
        began = time.time()
        server.status = 500
        failed(load, 3)
        (traffic,) = load.end()
    assert traffic.environment == "dev"
    assert traffic.requests == len(server.hosts)
    assert set(server.hosts) == {"sample-app.dev.localhost"}
    assert {failure.reason for failure in traffic.failures} == {"500"}
    assert all(began - 1 <= failure.at <= time.time() for failure in traffic.failures)


def test_a_service_that_isnt_there_is_a_failure_too(tmp_path: Path) -> None:
    with Load("http://127.0.0.1:1/", tmp_path / "load.jsonl") as load:
        load.send_to("dev", "nobody")
        failed(load, 2)
        (traffic,) = load.end()
    assert {failure.reason for failure in traffic.failures} == {"ClientConnectorError"}


def test_environments_are_told_apart_and_the_first_and_last_second_dont_count_for_the_rate() -> None:
    written: list[dict[str, object]] = [
        {"environment": "dev", "second": second, "sent": sent} for second, sent in ((10, 3), (11, 25), (12, 24), (13, 25), (14, 1))
    ]
    written += [{"environment": "stage", "second": 12, "sent": 7}, {"environment": "dev", "at": 12.5, "reason": "503"}]
    dev, stage = read_traffic(json.dumps(line) for line in written)
    assert (dev.requests, dev.measured, dev.seconds) == (78, 74, 3)
    assert dev.failures == (FailedRequest("dev", 12.5, "503"),)
    assert (stage.environment, stage.requests, stage.per_second) == ("stage", 7, 0.0)


def test_environments_come_in_the_order_in_which_they_began() -> None:
    written = [{"environment": environment, "second": 12, "sent": 1} for environment in ("stage", "prod", "dev", "stage")]
    assert [traffic.environment for traffic in read_traffic(json.dumps(line) for line in written)] == ["stage", "prod", "dev"]


def test_nothing_was_sent_to_an_environment_that_nobody_named(server: Server, tmp_path: Path) -> None:
    with Load(f"http://127.0.0.1:{server.server_port}/", tmp_path / "load.jsonl") as load:
        load.send_to("dev", "sample-app.dev.localhost")
        seconds_written(load, 1)
        assert load.so_far("prod").requests == 0


def test_a_second_in_which_nothing_was_sent_lowers_the_rate() -> None:
    (traffic,) = read_traffic(json.dumps({"environment": "dev", "second": second, "sent": 25}) for second in (10, 11, 13, 14))
    assert traffic.per_second == pytest.approx(50 / 3)
