"""Branches and tags as they are now, and who pushed them. https://docs.github.com/en/rest/git/refs https://docs.github.com/en/rest/git/tags"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from slipway.adapters.github.app import READ, App, NotConnected
from slipway.adapters.github.http import Answer, understood
from slipway.ports import LastPush, RefsNow

_DEEPEST_TAG = 5  # a tag may point at a tag
_EMPTY_REPOSITORY = 409
_UNKNOWN = (404, 422)


class GitHubRefs:
    def __init__(self, app: App) -> None:
        self._app = app

    def read(self, repository: str) -> RefsNow | None:
        """Two requests for a repository, however many tags it has: what an annotated tag leads to is asked for one at a time, by `commit`."""
        try:
            pages = [page for kind in ("heads", "tags") for page in self._pages(repository, kind)]
        except NotConnected:
            return None
        refs: dict[str, str] = {}
        for page in pages:
            with understood(page):
                refs |= {str(each["ref"]): str(each["object"]["sha"]) for each in page.body}
        return RefsNow({ref: target for ref, target in refs.items() if ref.startswith(("refs/heads/", "refs/tags/"))}, _date(pages[0]) if pages else _now())

    def commit(self, repository: str, ref: str, target: str) -> str:
        if not ref.startswith("refs/tags/"):
            return target
        for _ in range(_DEEPEST_TAG):
            found = self._app.call(repository, READ, "GET", f"/git/tags/{quote(target, safe='')}")
            if found.status in _UNKNOWN:
                return target  # no tag object: the tag names the commit itself
            found.expect(200)
            with understood(found):
                kind, target = str(found.body["object"]["type"]), str(found.body["object"]["sha"])
            if kind != "tag":
                return target if kind == "commit" else ""
        return ""

    def last_push(self, repository: str, ref: str, commit: str) -> LastPush:
        """GitHub's activity knows branches only, and nobody for a deploy key. A bot isn't the person who made it push, so it counts as nobody, too.

        https://docs.github.com/en/rest/repos/repos#list-repository-activities
        """
        if not ref.startswith("refs/heads/"):
            return LastPush()
        try:
            found = self._app.call(repository, READ, "GET", f"/activity?ref={quote(ref, safe='')}&per_page=30")
        except NotConnected:
            return LastPush()
        found.expect(200)
        with understood(found):
            last = next((each for each in found.body if each["after"] == commit), None)
            if last is None:
                return LastPush()
            actor = last.get("actor") or {}
            login = str(actor.get("login", "")) if actor.get("type") == "User" else ""
            return LastPush(login, datetime.fromisoformat(last["timestamp"]))

    def _pages(self, repository: str, kind: str) -> Iterator[Answer]:
        for page in self._app.pages(repository, READ, f"/git/matching-refs/{kind}"):
            if page.status == _EMPTY_REPOSITORY:
                return
            page.expect(200)
            yield page


def _date(page: Answer) -> datetime:
    """When GitHub answered, by its own clock, which is the one that dates pushes."""
    try:
        return parsedate_to_datetime(page.headers["date"])
    except (KeyError, ValueError):
        return _now()


def _now() -> datetime:
    return datetime.now(UTC)
