"""One part of a stack as a child process: start it, wait until it says `ready`, notice when it ends. Used by the supervisor only."""

import asyncio
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from twin import processes
from twin.launch import READY
from twin.stack.settings import ROOT

NOTE = "note: "
"""How a part begins a line of its output that people shall see in the terminal."""

_READY_WITHIN_SECONDS = 90
_LAST_WORDS_SECONDS = 1
_REASON_CHARACTERS = 400


@dataclass(frozen=True)
class Part:
    """What to start. `environment` is all that the process sees."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class PartEnded(Exception):
    """A part isn't there any more, or never was; the message is one line that names its log."""


class RunningPart:
    """Bound to the thread that made it: the part is killed when that ends. Output goes to `log`; stdout is read for the line `ready` and for notes.

    `note` gets the text of each line that begins with NOTE, without characters that could act on a terminal.
    """

    def __init__(self, part: Part, log: Path, note: Callable[[str], None]) -> None:
        self.name = part.name
        self._log = log
        self._note = note
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                part.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(part.environment),
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=processes.bound_to_this_process(),
            )
        assert self._process.stdout is not None
        self._output: IO[bytes] = self._process.stdout

    async def until_ready(self) -> None:
        """PartEnded when it ends first, or says nothing within a minute and a half."""
        ended = asyncio.create_task(self._end())
        ready = asyncio.create_task(self._read_until_ready())
        try:
            async with asyncio.timeout(_READY_WITHIN_SECONDS):
                await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
                if ready.done() and ready.result():
                    return
                await ended
            await asyncio.wait({ready}, timeout=_LAST_WORDS_SECONDS)
        except TimeoutError:
            raise PartEnded(f"{self.name} isn't ready after {_READY_WITHIN_SECONDS} s; its log is {self._log}") from None
        finally:
            ended.cancel()
            ready.cancel()
        raise PartEnded(f"{self.name} can't start: {self._reason()}")

    async def until_ended(self) -> None:
        """Copies the part's output to its log for as long as it runs; then PartEnded."""
        copying = asyncio.create_task(self._copy_output())
        try:
            await self._end()
        finally:
            copying.cancel()
        raise PartEnded(f"{self.name} has ended: {self._reason()}")

    async def _end(self) -> None:
        """Not by the end of its output: a pipe can stay open in a grandchild long after the part is gone."""
        await processes.until_ended(self._process.pid)

    async def _read_until_ready(self) -> bool:
        self._reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(self._reader), self._output)
        async for line in self._reader:
            if line.decode(errors="replace").strip() == READY:
                return True
            self._keep(line)
        return False

    async def _copy_output(self) -> None:
        async for line in self._reader:
            self._keep(line)

    def _keep(self, line: bytes) -> None:
        with self._log.open("ab") as log:
            log.write(line)
        text = line.decode(errors="replace").rstrip()
        if text.startswith(NOTE):
            self._note("".join(character for character in text.removeprefix(NOTE) if character.isprintable()))

    def _reason(self) -> str:
        code = self._process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f"{how}{f', {lines[-1].strip()[-_REASON_CHARACTERS:]!r}' if lines else ''}; its log is {self._log}"
