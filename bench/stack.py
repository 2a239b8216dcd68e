"""What the twin itself costs: how soon a stack is ready, what it takes of memory at rest, and how it bears many runs at once. Run by `make bench`.

Memory is each process's proportional share (PSS), so pages that several have in common are counted once. The runs are executions of `release` for a commit
that is built already, started one right after the other; each wants the same environment, so all but a few are superseded. The exit status is 1 when one
doesn't end right.
"""

import argparse
import os
import statistics
import threading
import time
from pathlib import Path

from rich.console import Console

from twin import processes
from twin.demo.observe import Observer
from twin.demo.repository import Clone
from twin.demo.story import DEV, SERVICE
from twin.demo.workflows import RELEASE
from twin.stack.description import Description
from twin.stack.running import running_stack

PATIENCE_SECONDS = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=3, help="how many stacks are started")
    parser.add_argument("--runs", type=int, default=200, help="how many runs are started at once")
    given = parser.parse_args()
    console = Console(highlight=False)
    ready = [seconds_until_ready() for _ in range(given.starts)]
    console.print(f"ready after {min(ready):.1f} s to {max(ready):.1f} s, median {statistics.median(ready):.1f} s, of {given.starts} starts")
    with running_stack("bench") as stack:
        console.print(f"at rest {megabytes():.0f} MB in {len(processes.descendants())} processes")
        observer, commit = Observer(stack, SERVICE), first_release(stack)
        console.print(f"with one release live {megabytes():.0f} MB in {len(processes.descendants())} processes")
        began = time.monotonic()
        ended = burst(stack, observer, commit, given.runs)
        console.print(f"{given.runs} runs at once: {', '.join(f'{count} {state}' for state, count in ended.items())}, after {time.monotonic() - began:.0f} s")
        console.print(f"afterwards {megabytes():.0f} MB in {len(processes.descendants())} processes")
        right = set(ended) <= {"live", "superseded"} and "live" in ended and observer.live(DEV) == commit and not observer.held_leases()
    raise SystemExit(0 if right else 1)


def seconds_until_ready() -> float:
    began = time.monotonic()
    with running_stack("bench"):
        return time.monotonic() - began


def megabytes() -> float:
    """Of all processes below this one."""
    found = 0
    for pid in processes.descendants():
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return found / 1024


def first_release(stack: Description) -> str:
    """The commit, once it is live."""
    clone, observer = Clone(stack.repositories[SERVICE], stack.folder / "clone"), Observer(stack, SERVICE)
    clone.add("service/sample_app/release.py", '"""The release of the burst."""\n')
    commit = clone.commit("A release")
    clone.push()
    record = observer.follow(observer.run_of(commit, PATIENCE_SECONDS), commit, PATIENCE_SECONDS, lambda event: None)
    if record["state"] != "live":
        raise SystemExit(f"the first release isn't live: {record['reason']}")
    return commit


def burst(stack: Description, observer: Observer, commit: str, runs: int) -> dict[str, int]:
    """How many runs ended in which state."""
    names = [f"burst-{os.getpid()}-{number:04}" for number in range(runs)]
    for name in names:
        given = {"run": name, "service": SERVICE, "ref": "refs/heads/main", "commit": commit}
        observer.workflows.start(RELEASE, given, name=name)
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while observer.running_executions():
        if time.monotonic() > deadline:
            raise SystemExit(f"still running: {', '.join(observer.running_executions())}")
        pause.wait(1)
    states = [str(observer.record(name).get("state", "nothing recorded")) for name in names]
    return {state: states.count(state) for state in sorted(set(states))}


if __name__ == "__main__":
    main()
