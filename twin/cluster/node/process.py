"""A container's processes: one that leads a session, and whatever it starts. Used by `container` and, for commands, by `hooks` and `probes`."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from twin import processes


class Process:
    """Started at once, from the thread of the event loop, which it doesn't outlive. OSError when it can't be started."""

    def __init__(self, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        self._process = processes.spawn(command, log=log, env=env, cwd=cwd)
        self._ended = asyncio.create_task(self._end())

    @property
    def pid(self) -> int:
        """Also the number of its session."""
        return self._process.pid

    async def wait(self) -> int:
        """The exit code as a container runtime tells it, 128 plus the signal for a killed one, once nothing of the session is left."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """SIGTERM to the process group, unless it has ended."""
        if not self._ended.done():
            os.killpg(self.pid, signal.SIGTERM)

    async def kill(self) -> int:
        """SIGKILL to the whole session; the exit code."""
        if not self._ended.done():
            await asyncio.to_thread(processes.kill_session, self.pid)
        return await self.wait()

    async def _end(self) -> int:
        """The session is killed before its leader is collected: until then the number can't belong to anyone else."""
        await processes.until_ended(self.pid)
        await asyncio.to_thread(processes.kill_session, self.pid)
        code = self._process.wait()
        return 128 - code if code < 0 else code
