"""The commits between two releases, for the plan that people decide on. https://docs.github.com/en/rest/commits/commits"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from slipway.adapters.github.app import READ, App, NotConnected
from slipway.adapters.github.http import Answer, understood
from slipway.errors import InvalidInput
from slipway.ports import CommitInfo, Comparison

MOST_COMMITS = 1000
"""That are read, in ten requests; the older ones are counted."""

_PER_PAGE = 100
_MOST_FILES = 300  # "up to 300 changed files for the entire comparison"
_UNKNOWN = (404, 409, 422)


class GitHubCommits:
    def __init__(self, app: App) -> None:
        self._app = app

    def between(self, repository: str, base: str, head: str) -> Comparison:
        """Without an App the head is all that is known, and only its hash."""
        try:
            if not base:
                return Comparison((self._head(repository, head),))
            return self._compared(repository, base, head) or self._unrelated(repository, head)
        except NotConnected:
            return Comparison((CommitInfo(head, "", "", "", ""),), connected=False)

    def _compared(self, repository: str, base: str, head: str) -> Comparison | None:
        """None when GitHub has lost one of the two, or they have nothing in common.

        GitHub pages a comparison oldest first, so of a long one the last pages are read, where the newest commits are.
        """
        path = f"/compare/{quote(base, safe='')}...{quote(head, safe='')}?per_page={_PER_PAGE}"
        first = self._page(repository, f"{path}&page=1")
        if first.status in _UNKNOWN:
            return None
        first.expect(200)
        with understood(first):
            total, lost = int(first.body["total_commits"]), int(first.body["behind_by"])
            listed = first.body.get("files", [])
            files = [str(file[name]) for file in listed for name in ("filename", "previous_filename") if name in file]
            # Files are those that the head's side has changed: after another history they aren't all that differ.
            complete = first.body["status"] in ("ahead", "identical") and len(listed) < _MOST_FILES
        last = -(-total // _PER_PAGE)
        oldest = max(1, last - MOST_COMMITS // _PER_PAGE + 1)
        commits: list[CommitInfo] = []
        for number in range(oldest, last + 1):
            page = first if number == 1 else self._page(repository, f"{path}&page={number}")
            page.expect(200)
            with understood(page):
                commits += _commits(page.body["commits"])
        return Comparison(commits, max(total - len(commits), 0), files if complete else None, lost)

    def _unrelated(self, repository: str, head: str) -> Comparison:
        """The history of the head, which GitHub lists newest first. How much more there is, GitHub doesn't tell: one commit at least."""
        self._head(repository, head)
        newest: list[CommitInfo] = []
        for page in self._history(repository, head):
            if len(newest) >= MOST_COMMITS:
                return Comparison(list(reversed(newest)), omitted=1, related=False)
            page.expect(200)
            with understood(page):
                newest += _commits(page.body)
        return Comparison(list(reversed(newest)), related=False)

    def _history(self, repository: str, head: str) -> Iterator[Answer]:
        return self._app.pages(repository, READ, f"/commits?sha={quote(head, safe='')}&per_page={_PER_PAGE}")

    def _head(self, repository: str, head: str) -> CommitInfo:
        found = self._page(repository, f"/commits/{quote(head, safe='')}")
        if found.status in _UNKNOWN:
            raise InvalidInput(f"{repository} has no commit {head[:60]}.")
        found.expect(200)
        with understood(found):
            return _commit(found.body)

    def _page(self, repository: str, path: str) -> Answer:
        return self._app.call(repository, READ, "GET", path)


def _commits(found: Sequence[Mapping[str, Any]]) -> Sequence[CommitInfo]:
    return [_commit(each) for each in found]


def _commit(found: Mapping[str, Any]) -> CommitInfo:
    """GitHub tells a login only where it knows whose the e-mail address is."""
    text = found["commit"]
    author, committer = text.get("author") or {}, text.get("committer") or {}
    addresses = tuple(dict.fromkeys(str(address) for who in (author, committer) if (address := who.get("email"))))
    return CommitInfo(str(found["sha"]), str(text["message"]), str(author.get("name", "")), _login(found, "author"), _login(found, "committer"), addresses)


def _login(found: Mapping[str, Any], role: str) -> str:
    return str((found.get(role) or {}).get("login", ""))
