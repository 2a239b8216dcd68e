"""Child processes that never outlive whoever started them; every part of the twin starts its children through here.

Three lines of defence, from near to far: the kernel kills a child when its parent dies (`die_with_parent`), an owner kills a whole session
(`kill_session`), and a guard adopts whatever lost its parent and kills it (`become_subreaper`, `kill_descendants`).
Linux only: prctl(2), pidfd_open(2), proc(5).
"""

import asyncio
import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOST_RACE = 127
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    session: int


def die_with_parent(death_signal: int = signal.SIGKILL) -> None:
    """For `preexec_fn`: the kernel sends `death_signal` to this process when the *thread* that forked it ends.

    So fork only from threads that live as long as the child should: the main thread, an asyncio loop's thread, one spawner thread.
    """
    if _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def bound_to_this_process(death_signal: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` like `die_with_parent` that also ends the child when this process dies between the fork and the call."""
    parent = os.getpid()

    def bind() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent:
            os._exit(_LOST_RACE)

    return bind


def become_subreaper() -> None:
    """Descendants of this process that lose their parent become its children, so that `kill_descendants` finds them."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def spawn(command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, bound to this process; stdout and stderr are appended to `log`.

    `env` is the whole environment of the child: nothing is inherited. Raises OSError when the command can't be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )


def kill_session(pid: int) -> None:
    """SIGKILL every process of the session that `pid` leads, and return when they have ended; the owner still has to wait for its child."""
    if pid <= 1 or pid == os.getsid(0):
        raise ValueError(f"{pid} doesn't lead the session of a child")
    while _kill(process.pid for process in _running_processes() if process.session == pid):
        pass


async def until_ended(pid: int) -> None:
    """Wait for the end of a child without collecting it: until it is, its number can't belong to anyone else."""
    ended = asyncio.Event()
    descriptor = os.pidfd_open(pid)
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def kill_descendants() -> None:
    """SIGKILL and reap every child of this process, theirs, and (for a subreaper) those that lost their parent.

    The last act of a guard: it takes exit codes away from any Popen object of this process.
    """
    while _kill(_descendants_of(os.getpid())):
        _reap()
    _reap()


def descendants(of: int | None = None) -> list[int]:
    """Running descendants of a process, by default of this one; zombies don't count."""
    return sorted(_descendants_of(os.getpid() if of is None else of))


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that was free on `address` a moment ago."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _running_processes() -> list[_Process]:
    found: list[_Process] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        # A process may end between the listing and the reading.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent, _group, session = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:4]
            if state not in "ZX":
                found.append(_Process(int(entry.name), int(parent), int(session)))
    return found


def _descendants_of(ancestor: int) -> set[int]:
    processes = _running_processes()
    found: set[int] = set()
    generation = {ancestor}
    while generation:
        generation = {process.pid for process in processes if process.parent in generation} - found
        found |= generation
    return found


def _kill(pids: Iterable[int]) -> bool:
    """SIGKILL and wait for the end of each; False when there was nothing to kill. Through pidfds, so that a reused number is never hit."""
    with contextlib.ExitStack() as descriptors:
        ends = select.poll()
        pending = 0
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                descriptors.callback(os.close, descriptor)
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                ends.register(descriptor, select.POLLIN)
                pending += 1
        killed = pending > 0
        while pending:
            for descriptor, _event in ends.poll():
                ends.unregister(descriptor)
                pending -= 1
        return killed


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
