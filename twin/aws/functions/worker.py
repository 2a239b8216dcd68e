"""One worker: a process that runs one function, one event at a time, until it ends, times out or is no longer needed.

A worker's whole session dies with it, so that a Helm it started can't go on after a crash or a timeout: that is what happens
to a Lambda sandbox. Not imitated: freezing between invocations, memory limits.
"""

import enum
import os
import shutil
import signal
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from twin import processes
from twin.aws.credentials import Credentials
from twin.aws.functions.environment import Places, worker_environment
from twin.aws.functions.invocation import Function, Outcome, error_payload
from twin.aws.functions.runtime_api import Invocation, Reports, RuntimeApi
from twin.aws.spawner import Spawner

INIT_SECONDS = 10.0


class _State(enum.Enum):
    STARTING = enum.auto()
    IDLE = enum.auto()
    ENDED = enum.auto()


class Worker:
    """Started at once. `credentials` are those of the function's role."""

    def __init__(self, function: Function, places: Places, credentials: Credentials, spawner: Spawner) -> None:
        self._function = function
        self._log = places.logs / f"{function.name}.log"
        self._temporary = places.scratch / uuid.uuid4().hex
        self._temporary.mkdir(parents=True)
        self._changed = threading.Condition()
        self._state = _State.STARTING
        self._request = ""
        self._outcome: Outcome | None = None
        self._start_failure: bytes | None = None
        self._exit = ""
        self.idle_since = time.monotonic()
        self._api = RuntimeApi(Reports(idle=self._became_idle, succeeded=self._succeeded, failed=self._failed, start_failed=self._start_failed))
        environment = worker_environment(function, places, credentials, runtime_api=self._api.address, temporary=self._temporary)
        command = [str(places.python), "-m", "awslambdaric", function.handler]
        self._process = spawner.spawn(lambda: processes.spawn(command, log=self._log, env=environment, cwd=places.task_root))
        threading.Thread(target=self._watch, name=f"worker of {function.name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process, which leads a session of its own."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """False once the process has ended or couldn't start."""
        return self._state is not _State.ENDED and self._start_failure is None

    def until_started(self) -> bool:
        """Wait for the end of the function's start; True if it then waits for work. At most `INIT_SECONDS`, as on Lambda."""
        with self._changed:
            self._changed.wait_for(lambda: self._state is not _State.STARTING or self._start_failure is not None, timeout=INIT_SECONDS)
            return self._state is _State.IDLE

    def invoke(self, event: bytes, trace_id: str) -> Outcome:
        """Run one event; the outcome also tells of timeouts, crashes and failures at start. Not to be called twice at a time."""
        request_id, started = str(uuid.uuid4()), time.monotonic()
        self._note(f"START RequestId: {request_id} Worker: {self.pid}")
        outcome = self._start_outcome(request_id) or self._run(request_id, event, trace_id)
        self._note(f"REPORT RequestId: {request_id} Duration: {(time.monotonic() - started) * 1000:.0f} ms{' Failed' if outcome.failed else ''}")
        return replace(outcome, request_id=request_id)

    def end(self) -> None:
        """Kill the worker and everything it started, and wait until it is gone."""
        with self._changed:
            if self._state is not _State.ENDED:  # then the number may be somebody else's by now
                processes.kill_session(self.pid)
            self._changed.wait_for(lambda: self._state is _State.ENDED)

    def _start_outcome(self, request_id: str) -> Outcome | None:
        """What a failed start gives; None when the worker is fine or still starting."""
        if self._start_failure is not None:
            return Outcome(payload=self._start_failure, failed=True)
        if self._state is _State.ENDED:
            return Outcome(payload=error_payload("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {self._exit}"), failed=True)
        return None

    def _run(self, request_id: str, event: bytes, trace_id: str) -> Outcome:
        seconds = self._function.timeout_seconds
        with self._changed:
            self._request, self._outcome = request_id, None
            self._api.offer(Invocation(request_id, event, time.time() + seconds, self._function.arn, trace_id))
            self._changed.wait_for(lambda: self._outcome or not self.usable, timeout=seconds)
            outcome = self._outcome or self._start_outcome(request_id)
        if outcome is None:
            self.end()
            message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            return Outcome(payload=error_payload("Sandbox.Timedout", message), failed=True)
        return outcome

    def _became_idle(self) -> None:
        with self._changed:
            if self._state is not _State.ENDED:
                self._state = _State.IDLE
            self.idle_since = time.monotonic()
            self._changed.notify_all()

    def _succeeded(self, request_id: str, body: bytes) -> None:
        self._settle(request_id, Outcome(payload=body, failed=False))

    def _failed(self, request_id: str, body: bytes) -> None:
        self._settle(request_id, Outcome(payload=body, failed=True))

    def _start_failed(self, body: bytes) -> None:
        with self._changed:
            self._start_failure = body
            self._changed.notify_all()

    def _settle(self, request_id: str, outcome: Outcome) -> None:
        with self._changed:
            if request_id == self._request:
                self._outcome = outcome
                self._changed.notify_all()

    def _watch(self) -> None:
        """Wait for the process's end without reaping it, so that its session can't be anybody else's when it is killed."""
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        processes.kill_session(self.pid)
        shutil.rmtree(self._temporary, ignore_errors=True)
        with self._changed:
            code = self._process.wait()
            self._exit = f"exit status {code}" if code >= 0 else f"signal: {(signal.strsignal(-code) or str(-code)).lower()}"
            self._state = _State.ENDED
            self._changed.notify_all()
        self._api.close()

    def _note(self, text: str) -> None:
        _append(self._log, f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")


def _append(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(line)
