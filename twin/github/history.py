"""What a push has changed, read from the repository: for each ref the commits that came with it and their files. Called by `push_events`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from twin.github.git import GitFailed
from twin.github.repositories import DEFAULT_BRANCH, Refs, Repository

NO_OBJECT = "0" * 40

_MOST_COMMITS = 2048  # that GitHub lists in one event
_FIELDS = ("%H", "%T", "%cI", "%an", "%ae", "%cn", "%ce", "%B")


@dataclass(frozen=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True)
class Commit:
    """`timestamp` is ISO 8601; `distinct` tells whether the push was the first to bring it."""

    id: str
    tree: str
    timestamp: str
    author: Person
    committer: Person
    message: str
    distinct: bool
    added: Sequence[str]
    removed: Sequence[str]
    modified: Sequence[str]


@dataclass(frozen=True)
class RefUpdate:
    """`before` and `after` are NO_OBJECT for a ref that wasn't or isn't there. `head` is the commit that `after` leads to, through a tag object or directly.

    `base_ref` is a branch that a new ref has the object of; `commits` are those that came to a branch, oldest first. `tagger` made an annotated tag.
    """

    ref: str
    before: str
    after: str
    forced: bool
    base_ref: str | None
    head: Commit | None
    commits: Sequence[Commit]
    tagger: Person | None = None

    @property
    def created(self) -> bool:
        return self.before == NO_OBJECT

    @property
    def deleted(self) -> bool:
        return self.after == NO_OBJECT

    @property
    def is_tag(self) -> bool:
        return self.ref.startswith("refs/tags/")


async def updates_between(repository: Repository, before: Refs, after: Refs) -> list[RefUpdate]:
    """One for each ref that differs, in order of their names."""
    changed = sorted(ref for ref in before.keys() | after.keys() if before.get(ref) != after.get(ref))
    return [await _update(repository, ref, before, after) for ref in changed]


async def _update(repository: Repository, ref: str, before: Refs, after: Refs) -> RefUpdate:
    old, new = before.get(ref, NO_OBJECT), after.get(ref, NO_OBJECT)
    if new == NO_OBJECT:
        return RefUpdate(ref, old, new, forced=False, base_ref=None, head=None, commits=())
    already_there = set(before.values())
    brought = set(await _list(repository, [new], already_there))
    listed: list[str] = []
    if ref.startswith("refs/heads/"):
        listed = await _list(repository, [new], {old} if old != NO_OBJECT else already_there)
    head = await _commit_of(repository, new)
    commits = await _read(repository, [*listed, *([head] if head and head not in listed else [])], brought)
    return RefUpdate(
        ref, old, new,
        forced=old != NO_OBJECT and not await _leads_to(repository, old, new),
        base_ref=_base(ref, new, after) if old == NO_OBJECT else None,
        head=commits.get(head) if head else None,
        commits=[commits[each] for each in listed],
        tagger=await _tagger(repository, new) if ref.startswith("refs/tags/") else None,
    )  # fmt: skip


def _base(ref: str, new: str, refs: Refs) -> str | None:
    main = f"refs/heads/{DEFAULT_BRANCH}"
    same = sorted(other for other, hash_ in refs.items() if hash_ == new and other != ref and other.startswith("refs/heads/"))
    return main if main in same else next(iter(same), None)


async def _commit_of(repository: Repository, object_: str) -> str | None:
    """None for a tag of something that is no commit."""
    try:
        return (await repository.run("rev-parse", "--verify", "--quiet", f"{object_}^{{commit}}")).decode().strip()
    except GitFailed:
        return None


async def read_commits(repository: Repository, ids: Sequence[str]) -> dict[str, Commit]:
    """Commits by their hashes."""
    return await _read(repository, ids, set(ids))


async def read_tag(repository: Repository, object_: str) -> dict[str, str] | None:
    """The headers of a tag object (`object`, `type`, `tag`, `tagger`) and its `message`; None for an object that is none."""
    try:
        told = (await repository.run("cat-file", "tag", object_)).decode(errors="replace")
    except GitFailed:
        return None
    headers, _, message = told.partition("\n\n")
    return {**dict(line.split(" ", 1) for line in headers.splitlines()), "message": message.rstrip("\n")}


def parse_person(header: str) -> Person:
    """Out of git's `Ada <ada@example.com> 1767225600 +0000`."""
    name, _, rest = header.partition(" <")
    return Person(name, rest.partition(">")[0])


async def _tagger(repository: Repository, object_: str) -> Person | None:
    tag = await read_tag(repository, object_)
    return parse_person(tag["tagger"]) if tag and "tagger" in tag else None


async def _leads_to(repository: Repository, old: str, new: str) -> bool:
    """Whether `new` has `old` among its ancestors."""
    try:
        await repository.run("merge-base", "--is-ancestor", old, new)
    except GitFailed:
        return False
    return True


async def _list(repository: Repository, wanted: Sequence[str], without: set[str]) -> list[str]:
    """Oldest first; the newest, when there are too many."""
    given = "".join(f"{each}\n" for each in (*wanted, *(f"^{each}" for each in without))).encode()
    found = await repository.run("rev-list", "--topo-order", f"--max-count={_MOST_COMMITS}", "--stdin", given=given)
    return found.decode().split()[::-1]


async def _read(repository: Repository, ids: Sequence[str], brought: set[str]) -> dict[str, Commit]:
    if not ids:
        return {}
    given = "".join(f"{each}\n" for each in ids).encode()
    told = await repository.run("log", "--no-walk=unsorted", "--stdin", "-z", f"--format={'%n'.join(_FIELDS)}", given=given)
    changes = await repository.run("diff-tree", "--stdin", "-r", "--root", "--diff-merges=first-parent", "--no-renames", "--name-status", "-z", given=given)
    files = dict(_changes(changes.decode(errors="replace")))
    commits = (_parse(record, files, brought) for record in told.decode(errors="replace").split("\0") if record)
    return {commit.id: commit for commit in commits}


def _parse(record: str, files: dict[str, dict[str, list[str]]], brought: set[str]) -> Commit:
    id_, tree, timestamp, author, author_email, committer, committer_email, message = record.split("\n", len(_FIELDS) - 1)
    changed = files.get(id_, {})
    return Commit(
        id_, tree, timestamp, Person(author, author_email), Person(committer, committer_email), message.rstrip("\n"), id_ in brought,
        changed.get("A", []), changed.get("D", []), [*changed.get("M", []), *changed.get("T", [])],
    )  # fmt: skip


def _changes(told: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Per commit its paths by status letter: git tells a hash, then a letter and a path for each file, all ended by NUL."""
    words = iter(told.split("\0")[:-1])
    by_letter: dict[str, list[str]] = {}
    for word in words:
        if len(word) > 1:
            by_letter = {}
            yield word, by_letter
        else:
            by_letter.setdefault(word, []).append(next(words))
