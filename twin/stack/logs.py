"""What the parts of a stack have written: one file for each process, function and build, all below the stack's `logs` folder."""

import os
from collections.abc import Sequence
from pathlib import Path


class NoLogs(Exception):
    """There is nothing to show; the message says what there is instead."""


def log_files(runs: Path, name: str, parts: Sequence[str]) -> list[Path]:
    """The files of these parts, of all when none is named; a part is a file's name without its ending, or a folder such as `functions`.

    NoLogs when there is no such stack or part.
    """
    folder = runs / name / "logs"
    if not folder.is_dir():
        stacks = ", ".join(sorted(found.parent.name for found in runs.glob("*/logs"))) or "none"
        raise NoLogs(f"there are no logs of a stack {name!r} in {runs}; of other stacks: {stacks}")
    files = sorted(folder.rglob("*.log"))
    chosen = [file for file in files if not parts or {file.stem, file.relative_to(folder).parts[0]} & set(parts)]
    if not chosen:
        raise NoLogs(
            f"{name} has no log of {', '.join(parts)}; it has {', '.join(sorted({file.relative_to(folder).parts[0].removesuffix('.log') for file in files}))}"
        )
    return chosen


def show(files: Sequence[Path], *, tail: int, follow: bool) -> None:
    """Become `tail`, which names each file before its lines. It ends at once, or with Ctrl-C."""
    follows = ["--follow=name"] if follow else []
    os.execvp("tail", ["tail", f"--lines={tail}", "--verbose", *follows, *map(str, files)])
