"""The outermost process of a stack: it reserves, starts the supervisor, and leaves no process behind, however that one ends.

When the guard itself is killed, the supervisor gets SIGTERM from the kernel and ends everything. Called by `python -m twin up`.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from twin import processes
from twin.stack.reservation import Taken, reserve
from twin.stack.settings import ROOT, Ports, StackSettings, python

_REQUESTS_TO_END = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def guard(name: str, *, runs: Path, ports: Ports | None, kubeconfig: Path | None) -> int:
    """Run the stack until it ends or somebody ends it; the exit status. What an earlier stack of that name left in `runs` is removed.

    Raises Taken when the name or a port is in use.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _REQUESTS_TO_END | {signal.SIGCHLD})
    processes.become_subreaper()
    reservation = reserve(runs, name, ports)
    folder = (runs / name).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise Taken(f"{folder} can't be removed; it is left from an earlier stack")
    folder.mkdir()
    settings = StackSettings(name, folder, reservation.ports, reservation.network, kubeconfig)
    bind = processes.bound_to_this_process(signal.SIGTERM)

    def prepare() -> None:
        bind()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        supervisor = subprocess.Popen(
            python("twin.stack.supervisor", settings.to_json()),
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            start_new_session=True,
            pass_fds=reservation.descriptors,
            preexec_fn=prepare,
        )
        return _wait(supervisor.pid)
    finally:
        processes.kill_descendants()


def _wait(supervisor: int) -> int:
    """Until the supervisor has ended. The first request to end is handed on to it, a second one doesn't wait for its answer."""
    requested = False
    while True:
        received = signal.sigwait(_REQUESTS_TO_END | {signal.SIGCHLD})
        if received in _REQUESTS_TO_END:
            os.kill(supervisor, signal.SIGKILL if requested else signal.SIGTERM)
            requested = True
            continue
        status = _reap_until(supervisor)
        if status is None:
            continue
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            print(f"the stack has ended: its supervisor was killed by {signal.Signals(-code).name}", file=sys.stderr, flush=True)
            return 0 if requested else 1
        return code


def _reap_until(supervisor: int) -> int | None:
    """Collect ended children, adopted ones too; the supervisor's wait status when it is among them."""
    found = None
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return found
            if pid == supervisor:
                found = status
    except ChildProcessError:
        return found
