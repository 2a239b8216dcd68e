"""Which files a repository begins with: folders of the checkout, without what a developer's tools leave in them.

Told by names alone, not by asking git, so that a copy of the checkout without its history gives the same first commit.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_TRACKED_HIDDEN_FOLDERS = frozenset({".github"})


@dataclass(frozen=True)
class Seed:
    """The files under `source` come to lie under `folder` in the repository; `.` is its root."""

    folder: str
    source: Path


@dataclass(frozen=True)
class File:
    """`mode` is git's: 100644, 100755 for an executable, 120000 for a symbolic link, whose content is its target."""

    path: str
    mode: str
    content: bytes


def files_of(seeds: Sequence[Seed]) -> list[File]:
    """In order of their paths. NotADirectoryError when a source isn't a folder."""
    found: dict[str, File] = {}
    for seed in seeds:
        if not seed.source.is_dir():
            raise NotADirectoryError(f"{seed.source} is no folder to seed from")
        for path in _tracked(seed.source):
            name = (Path(seed.folder) / path.relative_to(seed.source)).as_posix()
            found[name] = _read(name, path)
    return [found[name] for name in sorted(found)]


def _tracked(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if not _is_left_by_tools(entry.name):
                yield from _tracked(entry)
        elif entry.suffix not in {".pyc", ".pyo"} and entry.name not in {".DS_Store", ".coverage"}:
            yield entry


def _is_left_by_tools(folder: str) -> bool:
    """Caches, virtual environments, build information: `.venv`, `.ruff_cache`, `__pycache__`, `x.egg-info`."""
    return folder == "__pycache__" or folder.endswith(".egg-info") or (folder.startswith(".") and folder not in _TRACKED_HIDDEN_FOLDERS)


def _read(name: str, path: Path) -> File:
    if path.is_symlink():
        return File(name, "120000", os.fsencode(path.readlink()))
    executable = path.stat().st_mode & stat.S_IXUSR
    return File(name, "100755" if executable else "100644", path.read_bytes())
