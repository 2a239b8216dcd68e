"""What probes and hooks need to know about the container that they are for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from twin.cluster.node.process import Process

_SCHEMES = {"HTTP": "http", "HTTPS": "https"}


@dataclass(frozen=True)
class Surroundings:
    """`execute` starts a command with the container's environment and folder; OSError or NotExecutable when it can't be started."""

    container: Mapping[str, Any]
    address: str
    execute: Callable[[Sequence[str]], Process]
    http: aiohttp.ClientSession

    def port(self, port: int | str) -> int:
        """By number or name. LookupError when the container has no port of that name."""
        if isinstance(port, int):
            return port
        for declared in self.container.get("ports") or ():
            if declared.get("name") == port:
                return int(declared["containerPort"])
        raise LookupError(f"the container has no port {port!r}")

    async def run(self, command: Sequence[str]) -> int:
        """The exit code of a command; what it started is killed when the caller is cancelled."""
        process = self.execute(command)
        try:
            return await process.wait()
        finally:
            await process.kill()

    async def get(self, request: Mapping[str, Any], program: str) -> int:
        """The status of an HTTP GET as a probe or hook describes it. Redirects aren't followed and certificates not checked.

        aiohttp.ClientError, OSError or LookupError when there is no answer.
        """
        host = request.get("host") or self.address
        url = f"{_SCHEMES[request.get('scheme', 'HTTP')]}://{host}:{self.port(request['port'])}/{request.get('path', '/').lstrip('/')}"
        headers = [("User-Agent", program), ("Accept", "*/*"), *((header["name"], header["value"]) for header in request.get("httpHeaders") or ())]
        async with self.http.get(url, headers=headers, allow_redirects=False, ssl=False) as response:
            return response.status
