"""Two commits side by side, as GitHub compares them: three dots, so the files are those that the head's side has changed. Asked by `git_api`."""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.github.git import GitFailed
from twin.github.history import NO_OBJECT, Commit, read_commits
from twin.github.repositories import Repository

MOST_FILES = 300


@dataclass(frozen=True)
class File:
    """`before` is the path that a renamed file had."""

    path: str
    status: str
    before: str = ""


@dataclass(frozen=True)
class Compared:
    """`commits` are the asked page of the `ahead` ones, oldest first; `files` of the first page only, 300 at most."""

    merge_base: str
    ahead: int
    behind: int
    commits: Sequence[Commit]
    files: Sequence[File]

    @property
    def status(self) -> str:
        if self.ahead and self.behind:
            return "diverged"
        return "ahead" if self.ahead else "behind" if self.behind else "identical"


async def commit_of(repository: Repository, name: str) -> str:
    """The hash of a commit, branch or tag; empty when there is none. A whole hash means itself, whatever a branch is called."""
    is_hash = len(name) == len(NO_OBJECT) and set(name) <= set("0123456789abcdef")
    for candidate in [name] if is_hash else [f"refs/heads/{name}", f"refs/tags/{name}", name]:
        try:
            return (await repository.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}")).decode().split()[-1]
        except GitFailed:
            continue
    return ""


async def compare(repository: Repository, base: str, head: str, skipped: int, count: int) -> Compared | None:
    """Of two commits; None when they have no common ancestor."""
    try:
        merge_base = (await repository.run("merge-base", base, head)).decode().strip()
    except GitFailed:
        return None
    ahead = (await repository.run("rev-list", "--topo-order", "--reverse", f"{base}..{head}")).decode().split()
    behind = int((await repository.run("rev-list", "--count", f"{head}..{base}")).decode())
    listed = ahead[skipped : skipped + count]
    commits = await read_commits(repository, listed)
    files = [] if skipped else await _files(repository, merge_base, head)
    return Compared(merge_base, len(ahead), behind, [commits[each] for each in listed], files[:MOST_FILES])


async def _files(repository: Repository, before: str, after: str) -> list[File]:
    told = (await repository.run("diff", "--name-status", "--find-renames", "-z", before, after)).decode(errors="replace")
    words, files = iter(told.split("\0")[:-1]), []
    for letter in words:
        if letter[0] in "RC":
            old, new = next(words), next(words)
            files.append(File(new, "renamed" if letter[0] == "R" else "copied", old))
        else:
            files.append(File(next(words), {"A": "added", "D": "removed"}.get(letter[0], "modified")))
    return files
