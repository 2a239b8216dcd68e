"""What metrics and logs, with the ids in them, cost the service. Run by `make bench`.

The service as its image starts it, and the bare one, which is the same without them, are asked by turns, a process each. What counts is the processor time
that a request takes the server, in the kernel as well: its reciprocal is the throughput of a core. Both are asked in each round, and the median of the
rounds counts: other processes disturb few of them, or both sides. The target is 15 %.
"""

import argparse
import asyncio
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from sample_app.application import create_app
from sample_app.logs import configure_logs
from sample_app.server import serve
from sample_app.settings import read_settings

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 8
REQUEST = b"GET / HTTP/1.1\r\nhost: sample-app\r\n\r\n"
SETTINGS = {"HOST": "127.0.0.1", "PORT": "0", "VERSION": "1.4.0", "COMMIT": "3f6c2d8e1b7a" * 3, "IMAGE_DIGEST": f"sha256:{'ab' * 32}"}


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Of its threads, to the nanosecond: https://docs.kernel.org/scheduler/sched-stats.html"""
        return sum(int(thread.read_text().split()[0]) for thread in Path(f"/proc/{self.pid}/task").glob("*/schedstat")) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="how often each is asked")
    parser.add_argument("--requests", type=int, default=320, help="in each round")
    parser.add_argument("--bare", action="store_true", help="be the bare service")
    given = parser.parse_args()
    if given.bare:
        serve_bare()
        return
    console = Console(highlight=False)
    with running("bench.service", "--bare") as bare, running("sample_app") as service:
        for server in (bare, service):
            seconds_per_request(server, given.requests)
        rounds = [(seconds_per_request(bare, given.requests), seconds_per_request(service, given.requests)) for _ in range(given.rounds)]
    costs = statistics.quantiles((1 - without / measured for without, measured in rounds), n=4)
    for name, figures in zip(("bare", "service"), zip(*rounds, strict=True), strict=True):
        console.print(f"{name}: {statistics.median(figures) * 1e6:.0f} µs of processor time a request, in the best round {min(figures) * 1e6:.0f} µs")
    console.print(f"metrics and logs cost {costs[1]:.0%} of the throughput, in half of the rounds {costs[0]:.0%} to {costs[2]:.0%}")


def serve_bare() -> None:
    """The same application without ObserveRequests, which is the outermost layer around it."""
    settings = read_settings(os.environ)
    app = create_app(settings, configure_logs(settings.log_level))
    app.user_middleware.pop(0)
    asyncio.run(serve(app, settings))


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Server]:
    """Its lines go through a pipe, as to a container runtime."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **SETTINGS}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = next((found for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line))), None)
            if address is None:
                raise SystemExit(f"{module} ended before it served")
            with Path(os.devnull).open("w") as nowhere:
                reading = threading.Thread(target=shutil.copyfileobj, args=(process.stdout, nowhere))
                reading.start()
                yield Server(int(address[1]), process.pid)
                process.terminate()
                reading.join()
        finally:
            process.kill()


def seconds_per_request(server: Server, requests: int) -> float:
    """Of the server's processor time."""
    began = server.cpu_seconds()
    asyncio.run(_ask(server, requests))
    return (server.cpu_seconds() - began) / requests


async def _ask(server: Server, requests: int) -> None:
    await asyncio.gather(*(_ask_one_after_the_other(server, requests // CONNECTIONS) for _ in range(CONNECTIONS)))


async def _ask_one_after_the_other(server: Server, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(requests):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise SystemExit(f"an answer that isn't one: {head!r}")
        await reader.readexactly(int(length[1]))
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    main()
