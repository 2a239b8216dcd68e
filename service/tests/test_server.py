"""The drain, with a real listener and a real SIGTERM."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from sample_app.__main__ import main
from sample_app.server import DrainingServer
from sample_app.settings import Settings

SERVICE = Path(__file__).parents[1]


def test_sigterm_ends_readiness_then_listening_while_requests_in_flight_finish(app: FastAPI, settings: Settings) -> None:
    asyncio.run(_drain(app, settings))


async def _drain(app: FastAPI, settings: Settings) -> None:
    begun, released, listening, ended = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        begun.set()
        await released.wait()
        return "done"

    class AnnouncingServer(DrainingServer):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            listening.set()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            ended.set()
            await super().shutdown(sockets)

    config = uvicorn.Config(app, port=0, log_config=None, access_log=False)
    server = AnnouncingServer(config, app.state.lifecycle, settings.drain_seconds)
    serving = asyncio.create_task(server.serve())
    await listening.wait()
    listener = server.servers[0]
    address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address) as client:
        in_flight = asyncio.create_task(client.get("/slow"))
        await begun.wait()
        assert (await client.get("/health/ready")).status_code == 200

        os.kill(os.getpid(), signal.SIGTERM)
        draining = await client.get("/health/ready")
        assert (draining.status_code, draining.headers["connection"]) == (503, "close")
        assert (await client.get("/")).status_code == 200

        await ended.wait()
        assert not listener.is_serving()
        released.set()
        assert (await in_flight).json() == "done"
    await serving


def test_a_second_signal_shortens_the_drain(app: FastAPI) -> None:
    app.state.lifecycle.drain()
    server = DrainingServer(uvicorn.Config(app), app.state.lifecycle, drain_seconds=60)
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit


@contextmanager
def serving() -> Iterator[tuple[httpx.URL, Callable[[], list[str]]]]:
    """A process: its address, and what ends it and tells the messages that it has logged."""
    environment = {**os.environ, "PORT": "0", "DRAIN_SECONDS": "0"}
    with subprocess.Popen([sys.executable, "-m", "sample_app"], cwd=SERVICE, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://[0-9.:]+", json.loads(line)["message"])))

        def ended() -> list[str]:
            process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            return [json.loads(line)["message"] for line in process.stdout]

        try:
            yield httpx.URL(address), ended
        finally:
            process.terminate()
    assert process.returncode == 0


def test_the_process_exits_with_0_after_a_drain_and_logs_json_only_and_every_request() -> None:
    with serving() as (address, ended):
        httpx.get(address)
        assert {"request", "draining"} < set(ended())


def test_what_is_no_http_gets_a_problem_also_behind_a_request_that_is() -> None:
    """Both come in one packet. The second isn't the first one's fault, and doesn't get its id."""
    with serving() as (address, ended):
        for before in (b"", b"GET / HTTP/1.1\r\nhost: a\r\nx-request-id: first\r\n\r\n"):
            with socket.create_connection((address.host, address.port)) as connection:
                connection.sendall(before + b"GET / HTTP/1.1\r\nno header\r\n\r\n")
                received = connection.makefile("rb").read()
            head, _, body = received[received.index(b"HTTP/1.1 400") :].partition(b"\r\n\r\n")
            assert b"content-type: application/problem+json" in head.splitlines()
            assert json.loads(body) == {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "Invalid HTTP request received."}
        ended()


def test_a_body_that_turns_out_to_be_broken_after_the_answer_ends_the_connection_and_is_no_failure() -> None:
    with serving() as (address, ended), socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert (answer.status, json.load(answer)["title"]) == (405, "Method Not Allowed")
        connection.sendall(b"no length\r\n")
        assert connection.recv(1) == b""
        assert not [message for message in ended() if message.startswith(("Fatal", "Exception"))]


def test_a_bad_setting_ends_the_start_with_a_line_that_names_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", "http")
    assert main() == 2
    assert capsys.readouterr().err.startswith("PORT: ")
