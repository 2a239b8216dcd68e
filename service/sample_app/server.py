"""uvicorn with a drain in front of its shutdown.

On SIGTERM: readiness goes off; for `drain_seconds` every request is still answered, so that probes and load balancers notice; then listening ends,
requests in flight are finished, and the process exits with 0. A second signal shortens the drain.
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

import asyncio
import contextlib
import contextvars
import logging
import signal
import socket
from types import FrameType

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from sample_app.lifecycle import Lifecycle, Phase
from sample_app.problems import problem
from sample_app.settings import Settings

_log = logging.getLogger("sample_app.server")


class DrainingServer(uvicorn.Server):
    """uvicorn calls `handle_exit` as its handler of SIGTERM and SIGINT, and raises the signal again after shutdown if its own handler noted it; this one
    doesn't, since a drained process has done what it was asked to."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, drain_seconds: float) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._loop is None or self._lifecycle.phase is not Phase.READY:
            self.should_exit = True
            return
        self._lifecycle.drain()
        self._loop.call_soon_threadsafe(self._drain, sig)

    def _drain(self, sig: int) -> None:
        _log.info("draining", extra={"fields": {"signal": signal.Signals(sig).name, "seconds": self._drain_seconds}})
        asyncio.get_running_loop().call_later(self._drain_seconds, self._end)

    def _end(self) -> None:
        self.should_exit = True


class ProblemsProtocol(H11Protocol):
    """uvicorn answers what can't be read as HTTP itself: here with a problem, too, unless an answer is under way already, which is broken off."""

    def handle_events(self) -> None:
        """A pipelined request is read in the task of the one before, whose ids aren't its own."""
        contextvars.Context().run(super().handle_events)

    def send_400_response(self, msg: str) -> None:
        answer = problem(400, msg)
        head = h11.Response(status_code=400, headers=[*answer.raw_headers, (b"connection", b"close")], reason=b"Bad Request")
        with contextlib.suppress(h11.LocalProtocolError):
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


async def serve(app: FastAPI, settings: Settings) -> None:
    """Returns when the drain is over."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=ProblemsProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    await DrainingServer(config, app.state.lifecycle, settings.drain_seconds).serve()
