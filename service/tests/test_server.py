"""The drain, with a real listener and a real SIGTERM."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from sample_app.__main__ import main
from sample_app.server import DrainingServer, ProblemsProtocol
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


MALFORMED = b"GET / HTTP/1.1\r\nno header\r\n\r\n"


def test_the_process_exits_with_0_after_a_drain_and_logs_json_only_and_every_request() -> None:
    environment = {**os.environ, "PORT": "0", "DRAIN_SECONDS": "0"}
    with subprocess.Popen([sys.executable, "-m", "sample_app"], cwd=SERVICE, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            messages = []
            for line in process.stdout:
                messages.append(json.loads(line)["message"])
                if found := re.search(r"http://(.+):(\d+)", messages[-1]):
                    httpx.get(found[0])
                    with socket.create_connection((found[1], int(found[2]))) as connection:
                        connection.sendall(MALFORMED)
                        assert b"application/problem+json" in connection.makefile("rb").read()
                    process.send_signal(signal.SIGTERM)
        finally:
            process.terminate()
    assert process.returncode == 0
    assert {"request", "draining"} < set(messages)


async def _answered(app: FastAPI, *packets: bytes) -> bytes:
    """All that comes back until the connection ends. Each packet is sent when something has come for the one before; nothing may fail meanwhile."""
    loop, config, failures = asyncio.get_running_loop(), uvicorn.Config(app, log_config=None), []
    config.load()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    state = uvicorn.server.ServerState()
    server = await loop.create_server(lambda: ProblemsProtocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    received = b""
    for packet in packets:
        writer.write(packet)
        received += await reader.read(65536)
    received += await reader.read()
    writer.close()
    server.close()
    assert failures == []
    return received


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nhost: a\r\nx-request-id: first\r\n\r\n"])
def test_what_is_no_http_gets_a_problem_also_behind_a_request_that_is(app: FastAPI, before: bytes) -> None:
    """In one packet. The second isn't the first one's fault, and doesn't get its id."""
    received = asyncio.run(_answered(app, before + MALFORMED))
    head, _, body = received[received.index(b"HTTP/1.1 400") :].partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.splitlines()
    assert json.loads(body) == {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "Invalid HTTP request received."}


def test_a_body_that_turns_out_to_be_broken_after_the_answer_ends_the_connection_and_is_no_failure(app: FastAPI) -> None:
    received = asyncio.run(_answered(app, b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", b"no length\r\n"))
    assert received.startswith(b"HTTP/1.1 405") and received.count(b"HTTP/1.1") == 1


def test_a_bad_setting_ends_the_start_with_a_line_that_names_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", "http")
    assert main() == 2
    assert capsys.readouterr().err.startswith("PORT: ")
