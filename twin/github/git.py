"""Runs git, cut off from the user's and the system's configuration. Used by everything here that touches a repository."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path

from twin import processes

# Objects come from pushes, which are hostile: they are checked, and no hook runs, whatever lies in a repository's folder. Any commit may be fetched by its
# hash, as on github.com. No housekeeping in the background, since it would outlive the push that began it.
_CONFIGURATION = """\
[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
[receive]
\tfsckObjects = true
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[gc]
\tauto = 0
"""


class GitFailed(Exception):
    """git ended with a status other than 0; the message is what it wrote to stderr."""


class Git:
    """`home` becomes the folder of the one configuration file that git reads."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / ".gitconfig").write_text(_CONFIGURATION)
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }

    async def start(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Process:
        """With pipes for stdin and stdout. It ends with this process at the latest."""
        return await self._spawn(arguments, stderr=DEVNULL, environment=environment or {})

    async def run(self, *arguments: str | Path, given: bytes = b"") -> bytes:
        """stdout, once git has read `given` and ended. GitFailed when it doesn't succeed."""
        process = await self._spawn(arguments, stderr=PIPE, environment={})
        output, errors = await process.communicate(given)
        if process.returncode != 0:
            raise GitFailed(f"git {arguments[0]}: {errors.decode(errors='replace').strip()}")
        return output

    async def _spawn(self, arguments: tuple[str | Path, ...], stderr: int, environment: Mapping[str, str]) -> Process:
        return await asyncio.create_subprocess_exec(
            "git", *arguments, stdin=PIPE, stdout=PIPE, stderr=stderr, env={**self._environment, **environment}, preexec_fn=processes.bound_to_this_process()
        )
