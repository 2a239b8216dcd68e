"""The users of the demo: a process that sends requests to every live environment at a steady rate and writes down what failed.

Started by `traffic`. Requests go out on schedule whether or not earlier ones were answered (an open loop), so a slow service can't hide. Reads lines
`<environment> <host>` from stdin, each a new environment to send to; ends when stdin does. Appends a JSON line per environment and second, and one per
failure, to the file it is given. A request failed when its answer isn't 200 within five seconds.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import aiohttp

TIMEOUT_SECONDS = 5
_OK = 200


class Client:
    """Sends to one environment, through the front door, by the name in the Host header."""

    def __init__(self, session: aiohttp.ClientSession, url: str, environment: str, host: str, output: IO[str]) -> None:
        self._session, self._url, self._environment, self._output = session, url, environment, output
        self._headers = {"Host": host}
        self._sent: Counter[int] = Counter()

    async def send(self, rate: float, stop: asyncio.Event) -> None:
        """`rate` requests a second until `stop`; returns when the last one is answered."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        async with asyncio.TaskGroup() as requests:
            while not stop.is_set():
                requests.create_task(self._request())
                due += 1 / rate
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), max(0.0, due - loop.time()))
        self._write_seconds(keep=0)

    async def _request(self) -> None:
        at = time.time()
        self._sent[int(at)] += 1
        self._write_seconds(keep=1)
        try:
            async with self._session.get(self._url, headers=self._headers) as response:
                await response.read()
                reason = "" if response.status == _OK else str(response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = type(error).__name__
        if reason:
            self._write({"environment": self._environment, "at": at, "reason": reason})

    def _write_seconds(self, keep: int) -> None:
        for second in sorted(self._sent)[: len(self._sent) - keep]:
            self._write({"environment": self._environment, "second": second, "sent": self._sent.pop(second)})

    def _write(self, line: dict[str, object]) -> None:
        print(json.dumps(line), file=self._output, flush=True)


async def run(url: str, rate: float, output: IO[str]) -> None:
    """Until stdin ends."""
    stop = asyncio.Event()
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session, asyncio.TaskGroup() as clients:
        async for line in _lines():
            environment, host = line.split()
            clients.create_task(Client(session, url, environment, host, output).send(rate, stop))
        stop.set()


async def _lines() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield line.decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--rate", type=float, required=True, help="requests per second and environment")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    with options.output.open("a") as output:
        asyncio.run(run(options.url, options.rate, output))


if __name__ == "__main__":
    main()
