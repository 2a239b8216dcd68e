"""A whole stack for as long as a `with` block: `python -m twin up` as a child, on free ports. Used by the demo and by tests."""

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from twin import processes
from twin.launch import READY
from twin.stack.description import Description
from twin.stack.settings import ROOT, RUNS, python

_END_WITHIN_SECONDS = 30


class StackFailed(Exception):
    """The stack didn't become ready; the message is what it said."""


@contextlib.contextmanager
def running_stack(
    name: str, *, runs: Path = RUNS, kubeconfig: Path | None = None, progress: Callable[[str], None] = lambda line: None
) -> Iterator[Description]:
    """The stack is ready inside the block and gone after it, also when this process is killed. `progress` gets what the stack prints.

    StackFailed when it doesn't start. Enter it from a thread that lives longer than the block.
    """
    runs = runs.resolve()
    command = python("twin", "up", "--name", name, "--base-port", 0, "--runs", runs)
    command += ["--kubeconfig", str(kubeconfig)] if kubeconfig else []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=processes.bound_to_this_process(),
    ) as guard:
        reading = threading.Thread(target=_read_on, args=(guard,), name="stack's output", daemon=True)
        try:
            _wait_until_ready(guard, progress)
            reading.start()
            yield Description.load(runs / name / "stack.json")
        finally:
            guard.terminate()
            try:
                guard.wait(_END_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                guard.kill()
            if reading.ident is not None:
                reading.join(_END_WITHIN_SECONDS)


def _read_on(guard: subprocess.Popen[str]) -> None:
    """Until the stack has ended. Nobody needs what it says now (each mail, say), but a full pipe would stop it."""
    assert guard.stdout is not None
    while guard.stdout.readline():
        continue


def _wait_until_ready(guard: subprocess.Popen[str], progress: Callable[[str], None]) -> None:
    assert guard.stdout is not None
    last = "it said nothing"
    for line in guard.stdout:
        if line.startswith(READY):
            return
        last = line.strip() or last
        progress(line.rstrip())
    raise StackFailed(last)
