"""Nothing that the twin starts outlives it: by the kernel's signal, by session, and by the guard that adopts orphans."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from twin import processes

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 20

SLEEPER = "import signal; print('up', flush=True); signal.pause()"

PARENT_OF_A_BOUND_CHILD = f"""
import os, pathlib, signal, sys
from twin import processes
child = processes.spawn([sys.executable, "-c", {SLEEPER!r}], log=pathlib.Path(sys.argv[1]), env={{}})
print(child.pid, flush=True)
signal.pause()
"""

# A child in a session of its own whose parent ends at once: what a careless daemon does.
PARENT_OF_AN_ORPHAN = """
import os, signal, subprocess, sys
script = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'], start_new_session=True, stdout=2).pid)"
orphan = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True).stdout.strip()
print(orphan, flush=True)
"""

GUARD = f"""
import os, sys
from twin import processes
processes.become_subreaper()
{PARENT_OF_AN_ORPHAN}
assert int(orphan) in processes.descendants()
sys.stdin.readline()
processes.kill_descendants()
print(processes.descendants(), flush=True)
"""


@contextlib.contextmanager
def python(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    environment = {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, **pipes, text=True, env=environment, start_new_session=True, preexec_fn=processes.die_with_parent) as process:
        try:
            yield process
        finally:
            processes.kill_session(process.pid)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ends(pid: int) -> bool:
    """True as soon as the process has ended, False when it hasn't within the time that a loaded machine may need."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE_SECONDS)[0])
    finally:
        os.close(descriptor)


def test_a_spawned_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with python(PARENT_OF_A_BOUND_CHILD, tmp_path / "log") as parent:
        child = int(line_of(parent))
        parent.kill()
        assert ends(child)


def test_a_spawned_process_sees_only_the_environment_it_was_given(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "part.log"
    child = processes.spawn([sys.executable, "-c", "import os; print(sorted(os.environ))"], log=log, env={"ONLY": "this", "LC_CTYPE": "C.UTF-8"})
    assert child.wait(PATIENCE_SECONDS) == 0
    assert log.read_text() == "['LC_CTYPE', 'ONLY']\n"


def test_the_output_of_a_second_process_is_added_to_the_log(tmp_path: Path) -> None:
    for word in ("first", "second"):
        child = processes.spawn([sys.executable, "-c", f"import sys; print('{word}', file=sys.stderr)"], log=tmp_path / "log", env={})
        assert child.wait(PATIENCE_SECONDS) == 0
    assert (tmp_path / "log").read_text() == "first\nsecond\n"


def test_killing_a_session_ends_the_grandchildren_too() -> None:
    script = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]).pid, flush=True); sys.stdin.readline()"
    with python(script) as leader:
        grandchild = int(line_of(leader))
        processes.kill_session(leader.pid)
        assert leader.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        assert ends(grandchild)


def test_killing_a_session_leaves_other_sessions_alone() -> None:
    with python(SLEEPER) as one, python(SLEEPER) as other:
        assert line_of(one) == line_of(other) == "up"
        processes.kill_session(one.pid)
        assert one.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        assert other.poll() is None


def test_a_subreaper_finds_and_kills_a_process_that_left_its_session_and_lost_its_parent() -> None:
    with python(GUARD) as guard:
        orphan = int(line_of(guard))
        assert guard.stdin is not None
        print(file=guard.stdin, flush=True)
        assert line_of(guard) == "[]"
        assert ends(orphan)


def test_the_death_signal_can_be_one_that_the_child_catches() -> None:
    """The child writes without Python's buffers: the signal may come while its first line is still on the way through them."""
    told = "lambda *_: (os.write(1, b'told\\n'), os._exit(0))"
    child = f"import os, signal; signal.signal(signal.SIGTERM, {told}); os.write(1, b'up\\n'); signal.pause()"
    script = f"""
import signal, subprocess, sys
from twin import processes
subprocess.Popen([sys.executable, "-c", {child!r}], preexec_fn=processes.bound_to_this_process(signal.SIGTERM))
signal.pause()
"""
    with python(script) as parent:
        assert line_of(parent) == "up"
        parent.kill()
        assert line_of(parent) == "told"


def test_a_process_that_cannot_be_started_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        processes.spawn([str(tmp_path / "missing")], log=tmp_path / "log", env={})


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", processes.free_port()))
