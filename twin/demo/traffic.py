"""Starts the demo's client process, tells it where to send, and reads what it wrote down."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from twin import processes
from twin.demo.facts import FailedRequest, Traffic
from twin.stack.settings import ROOT, python

REQUESTS_PER_SECOND = 25
_END_WITHIN_SECONDS = 20


class Load:
    """The client process, for as long as a `with` block. It writes to `output`. The rate is that of each environment."""

    def __init__(self, url: str, output: Path, requests_per_second: float = REQUESTS_PER_SECOND) -> None:
        self._output = output
        self._environments: set[str] = set()
        output.touch()
        self._process = subprocess.Popen(
            python("twin.demo.load", "--url", url, "--rate", requests_per_second, "--output", output),
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=processes.bound_to_this_process(),
        )

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def send_to(self, environment: str, host: str) -> None:
        """From now on; a second time changes nothing."""
        assert self._process.stdin is not None
        if environment not in self._environments:
            self._environments.add(environment)
            print(environment, host, file=self._process.stdin, flush=True)

    def so_far(self, environment: str) -> Traffic:
        """What was sent to one environment up to the last whole second, and what failed of it so far."""
        found = {traffic.environment: traffic for traffic in read_traffic(self._lines())}
        return found.get(environment, Traffic(environment, 0, 0, 0))

    def end(self) -> list[Traffic]:
        """Stop sending; everything that was sent and answered."""
        self._process.communicate(timeout=_END_WITHIN_SECONDS)
        return read_traffic(self._lines())

    def _lines(self) -> list[str]:
        """Complete lines only: the client may be writing."""
        return [line for line in self._output.read_text().splitlines(keepends=True) if line.endswith("\n")]


def read_traffic(lines: Iterable[str]) -> list[Traffic]:
    """By environment, in the order in which they began. The first and the last second are left out of the rate, since they weren't whole."""
    sent: dict[str, dict[int, int]] = defaultdict(dict)
    failures: dict[str, list[FailedRequest]] = defaultdict(list)
    for line in lines:
        entry: Mapping[str, Any] = json.loads(line)
        environment = entry["environment"]
        if "second" in entry:
            sent[environment][entry["second"]] = entry["sent"]
        else:
            failures[environment].append(FailedRequest(environment, entry["at"], entry["reason"]))
    return [_of_one(environment, seconds, failures[environment]) for environment, seconds in sent.items()]


def _of_one(environment: str, seconds: Mapping[int, int], failures: list[FailedRequest]) -> Traffic:
    first, last = min(seconds), max(seconds)
    whole = [count for second, count in seconds.items() if first < second < last]
    return Traffic(environment, sum(seconds.values()), sum(whole), max(0, last - first - 1), tuple(sorted(failures, key=lambda failure: failure.at)))
