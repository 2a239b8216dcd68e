"""A developer's clone of the repository on the local GitHub: change, commit, push, with the real git."""

import os
import subprocess
import time
from pathlib import Path

_IDENTITY = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}
_TIMEOUT_SECONDS = 60


class Clone:
    """Of `url` in `folder`, on main. Nothing of the developer's own git configuration is used."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **_IDENTITY,
        }
        self._git("clone", "--quiet", "--branch", "main", url, str(folder), cwd=folder.parent)

    def commit(self, message: str) -> str:
        """Everything that was changed, as one commit on main; its hash."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)
        return self._git("rev-parse", "HEAD")

    def push(self, ref: str = "refs/heads/main", commit: str = "HEAD") -> float:
        """`git push` of a commit to a branch, or of a tag that is there; when it began, in seconds since the epoch."""
        began = time.time()
        self._git("push", "--quiet", "origin", f"{ref if ref.startswith('refs/tags/') else commit}:{ref}")
        return began

    def tag(self, name: str, commit: str, message: str = "") -> None:
        """An annotated tag when there is a message, otherwise a lightweight one."""
        self._git("tag", *(("--annotate", "--message", message) if message else ()), name, commit)

    def take_back(self) -> None:
        """`git revert` of the last commit, as a commit of its own that the next push carries along."""
        self._git("revert", "--no-edit", "HEAD")

    def forget(self) -> None:
        """The last commit, which main had only here."""
        self._git("reset", "--quiet", "--hard", "HEAD~1")

    def replace(self, path: str, old: str, new: str) -> None:
        """Exchange the one place where `old` stands in a file. ValueError when it isn't there exactly once: the story doesn't fit the service then."""
        file = self.folder / path
        text = file.read_text()
        if text.count(old) != 1:
            raise ValueError(f"{path} has {old!r} {text.count(old)} times; the demo's story expects it once")
        file.write_text(text.replace(old, new))

    def add(self, path: str, text: str) -> None:
        """A new file."""
        (self.folder / path).write_text(text)

    def _git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd or self.folder, env=self._environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"git {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout.strip()
