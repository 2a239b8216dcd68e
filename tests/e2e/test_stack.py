"""The supervisor as a person meets it: a stack starts, says where everything is, and leaves nothing behind, however it ends."""

import contextlib
import dataclasses
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.running import until
from twin import processes
from twin.demo.repository import Clone
from twin.stack.description import Description
from twin.stack.settings import Ports

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"apiserver", "aws", "controllers", "front-door", "github", "node"}
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.timeout(300)


class Up:
    """`python -m twin up` as a child of the test."""

    def __init__(self, runs: Path, name: str, *, base_port: int = 0) -> None:
        self.folder = runs / name
        self._errors = runs / f"{name}.errors"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "twin", "up", "--name", name, "--base-port", str(base_port), "--runs", str(runs)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                preexec_fn=processes.die_with_parent,
            )

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    @property
    def description(self) -> Description:
        return Description.load(self.folder / "stack.json")

    def until_ready(self) -> list[str]:
        """What it printed before."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            if line.startswith("ready"):
                return lines
            lines.append(line.rstrip())
        raise AssertionError(f"the stack isn't ready: {self.errors}")

    def everybody(self) -> list[int]:
        return [self.process.pid, *processes.descendants(self.process.pid)]

    def one(self, module: str) -> int:
        """The process of the stack that runs a module."""
        (found,) = self.all_of(module)
        return found

    def all_of(self, module: str) -> list[int]:
        """The processes of the stack that run a module. One may have ended since it was listed."""
        found = []
        for pid in self.everybody():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                    found.append(pid)
        return found


@contextlib.contextmanager
def up(runs: Path, name: str = "stack", *, base_port: int = 0) -> Iterator[Up]:
    started = Up(runs, name, base_port=base_port)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.terminate()
            started.process.wait(PATIENCE_SECONDS)


def remaining(pids: list[int]) -> list[str]:
    """Command lines of those that haven't ended within the time that a loaded machine may need."""
    left = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                if not select.select([descriptor], [], [], PATIENCE_SECONDS)[0]:
                    left.append(Path(f"/proc/{pid}/cmdline").read_text())
            finally:
                os.close(descriptor)
    return left


def interrupt(stack: Up) -> None:
    stack.process.send_signal(signal.SIGINT)


def terminate(stack: Up) -> None:
    stack.process.terminate()


def kill_supervisor(stack: Up) -> None:
    os.kill(stack.one("twin.stack.supervisor"), signal.SIGKILL)


ENDS: dict[str, tuple[Callable[[Up], None], int, str]] = {
    "Ctrl-C": (interrupt, 0, ""),
    "SIGTERM": (terminate, 0, ""),
    "SIGKILL of the supervisor": (kill_supervisor, 1, "the stack has ended: its supervisor was killed by SIGKILL\n"),
}


@pytest.mark.parametrize("name", ENDS)
def test_no_process_remains_after(name: str, tmp_path: Path) -> None:
    end, status, words = ENDS[name]
    with up(tmp_path) as stack:
        stack.until_ready()
        everybody = stack.everybody()
        assert len(everybody) >= len(PARTS) + 2
        end(stack)
        assert stack.process.wait(PATIENCE_SECONDS) == status
        assert remaining(everybody) == []
        assert stack.errors.startswith(words)
        assert len(stack.errors.splitlines()) == bool(words)


def test_a_part_that_is_killed_at_work_takes_all_that_works_for_it_along_and_is_named(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        stack.until_ready()
        clone = Clone(stack.description.repositories["sample-app"], tmp_path / "clone")
        clone.add("service/sample_app/pushed.py", '"""Something to build."""\n')
        clone.commit("A push whose build is never finished")
        clone.push()
        until(lambda: stack.all_of("twin.builder") and stack.all_of("awslambdaric"), "a build and a function at work")
        everybody = stack.everybody()
        os.kill(stack.one("twin.aws"), signal.SIGKILL)
        assert stack.process.wait(PATIENCE_SECONDS) == 1
        assert remaining(everybody) == []
        assert stack.errors.startswith("the stack has ended: aws has ended: killed by SIGKILL")


def test_a_stack_whose_guard_was_killed_leaves_nothing_and_can_be_started_again(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        stack.until_ready()
        everybody = stack.everybody()
        stack.process.kill()
        assert stack.process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        assert remaining(everybody) == []
    with up(tmp_path) as again:
        again.until_ready()
        assert again.errors == ""


def test_no_process_remains_when_the_stack_is_ended_while_it_starts(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        assert stack.process.stdout is not None
        assert "apiserver is ready" in stack.process.stdout.readline()
        everybody = stack.everybody()
        stack.process.send_signal(signal.SIGINT)
        assert stack.process.wait(PATIENCE_SECONDS) == 0
        assert remaining(everybody) == []


def test_two_stacks_run_side_by_side_and_a_name_runs_once(tmp_path: Path) -> None:
    left = tmp_path / "one" / "left-behind"
    left.parent.mkdir()
    left.touch()
    with up(tmp_path, "one") as one, up(tmp_path, "two") as two:
        printed = one.until_ready()
        two.until_ready()
        first, second = one.description, two.description

        assert not left.exists()
        assert {path.stem for path in (tmp_path / "one" / "logs").iterdir()} >= PARTS
        assert first.network != second.network
        assert first.front_door != second.front_door
        for stack in (first, second):
            namespaces = kubectl(stack, "get", "namespaces", "--output", "json")
            assert set(stack.namespaces.values()) <= {item["metadata"]["name"] for item in json.loads(namespaces)["items"]}

        text = "\n".join(printed)
        for address in (first.repositories["sample-app"], first.aws_endpoint, first.kubernetes, str(first.kubeconfig)):
            assert address in text

        with up(tmp_path, "one") as again:
            assert again.process.wait(PATIENCE_SECONDS) == 1
            assert again.errors == f"can't start: the stack 'one' is running already (process {one.process.pid}); end that one, or choose another --name\n"


def free_base_port() -> int:
    """The first of a stack's ports, below those that Linux gives to connections: one of these could take a port between the look and the start."""
    for base in range(11_000 + os.getpid() % 5_000, 20_000, 10):
        with contextlib.suppress(OSError), contextlib.ExitStack() as probes:
            for port in range(base, base + len(dataclasses.fields(Ports))):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise AssertionError("no free ports for a stack")


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    base = free_base_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 2))
        other.listen()
        with up(tmp_path, base_port=base) as stack:
            assert stack.process.wait(PATIENCE_SECONDS) == 1
            assert stack.errors == f"can't start: port {base + 2} on 127.0.0.1 is in use; end what uses it, or choose others with --base-port\n"


def test_an_impossible_name_is_one_clear_line(tmp_path: Path) -> None:
    with up(tmp_path, "Not_A_Name") as stack:
        assert stack.process.wait(PATIENCE_SECONDS) == 1
        assert stack.errors == "can't start: 'Not_A_Name' can't be the name of a stack: up to 40 lower-case letters, digits and hyphens\n"


def kubectl(stack: Description, *arguments: str) -> str:
    command = [str(ROOT / ".slipway/bin/kubectl"), "--kubeconfig", str(stack.kubeconfig), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE_SECONDS).stdout
