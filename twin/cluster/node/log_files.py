"""Where a container's output is and how it is read. Written by the process itself, so lines carry no times."""

import os
from collections.abc import Iterator
from pathlib import Path

_BLOCK_BYTES = 1 << 16
_MESSAGE_LINES = 80
_MESSAGE_BYTES = 2048


class LogFiles:
    """One file for each run of a container, numbered from 0; the current and the previous one are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, run: int) -> Path:
        return self._folder / f"{run}.log"

    def begin(self, run: int) -> Path:
        """The file of a new run, still empty."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.path(run - 2).unlink(missing_ok=True)
        self.path(run).touch()
        return self.path(run)


def offset_of_last_lines(path: Path, lines: int) -> int:
    """Where the last `lines` lines of a file begin; its size for 0 lines."""
    with path.open("rb") as log:
        position = end = log.seek(0, os.SEEK_END)
        wanted = lines + 1 if _ends_with_newline(path) else lines
        while position > 0 and wanted > 0:
            start = max(0, position - _BLOCK_BYTES)
            log.seek(start)
            for newline in _newlines_backwards(log.read(position - start)):
                wanted -= 1
                if wanted == 0:
                    return start + newline + 1
            position = start
        return 0 if lines else end


def last_words(path: Path) -> str:
    """What `terminationMessagePolicy: FallbackToLogsOnError` takes for the message: the last 2048 bytes or 80 lines, whichever is less."""
    start = max(offset_of_last_lines(path, _MESSAGE_LINES), path.stat().st_size - _MESSAGE_BYTES)
    with path.open("rb") as log:
        log.seek(start)
        return log.read(_MESSAGE_BYTES).decode(errors="replace")


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as log:
        if log.seek(0, os.SEEK_END) == 0:
            return False
        log.seek(-1, os.SEEK_END)
        return log.read(1) == b"\n"


def _newlines_backwards(block: bytes) -> Iterator[int]:
    position = block.rfind(b"\n")
    while position >= 0:
        yield position
        position = block.rfind(b"\n", 0, position)
