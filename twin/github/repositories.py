"""The bare repositories: made with one first commit on `main`, and asked for their refs. Used by everything that serves one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from twin.github.git import Git
from twin.github.seeds import File, Seed, files_of

DEFAULT_BRANCH = "main"
Refs: TypeAlias = Mapping[str, str]
"""Hash by full name (`refs/heads/main`); an annotated tag's is that of its tag object."""

# Fixed, so that the same files give the same hash on every start.
_FIRST_COMMITTER = "Slipway <slipway@example.com> 1767225600 +0000"
_FIRST_MESSAGE = b"First commit\n"


@dataclass(frozen=True)
class Repository:
    """`pushing` is held while a push is under way, so that its effect on the refs can be told from another's."""

    owner: str
    name: str
    path: Path
    git: Git
    pushing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    async def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """git in this repository. GitFailed when it doesn't succeed."""
        return await self.git.run("--git-dir", self.path, *arguments, given=given)

    async def refs(self) -> Refs:
        """Branches and tags. Others, such as notes, make no events on GitHub either."""
        listed = await self.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags")
        return {name: hash_ for hash_, _, name in (line.partition(" ") for line in listed.decode(errors="surrogateescape").splitlines())}


async def open_repository(full_name: str, seeds: Sequence[Seed], state: Path, git: Git) -> Repository:
    """The repository in `state`, made from `seeds` if it isn't there yet. NotADirectoryError when a seed's source isn't there."""
    owner, _, name = full_name.partition("/")
    repository = Repository(owner, name, state / owner / f"{name}.git", git)
    await git.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={DEFAULT_BRANCH}", repository.path)
    if not await repository.refs():
        await repository.run("fast-import", "--quiet", given=_first_commit(files_of(seeds)))
    return repository


def _first_commit(files: Sequence[File]) -> bytes:
    """As git-fast-import(1) reads it."""
    commit = f"commit refs/heads/{DEFAULT_BRANCH}\ncommitter {_FIRST_COMMITTER}\n".encode() + _data(_FIRST_MESSAGE)
    return commit + b"".join(f"M {file.mode} inline {_quoted(file.path)}\n".encode(errors="surrogateescape") + _data(file.content) for file in files)


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
