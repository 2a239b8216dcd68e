"""Which releases were once healthy in an environment: the only ones that a rollback may go back to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

MOST_NAMED = 20
"""Releases in a sentence: it has to fit into the cause of an execution, and into a person's head."""


@dataclass(frozen=True)
class HealthyRelease:
    """`versions` are what people call it (tags, or the commit's first twelve digits), `revisions` Helm's numbers of it there, both oldest first.

    `at` is when a push last made it live, and `before` the commit that it replaced then; going back to it doesn't count, so that a second rollback
    goes further back instead of forth again. `since` is when it last went live after something else, by a push or by going back (None: at `at`), and
    `until` when it was replaced, None while it is live.
    """

    commit: str
    digest: str
    versions: tuple[str, ...]
    revisions: tuple[int, ...]
    at: datetime
    before: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def live_since(self) -> datetime:
        return self.since or self.at

    def lived(self, now: datetime) -> timedelta:
        """How long it was live the last time, or has been until now."""
        return (self.until or now) - self.live_since

    @property
    def version(self) -> str:
        return self.versions[-1]

    def restored(self, revision: int, at: datetime) -> "HealthyRelease":
        """After it was put back, as another revision; its time there begins anew if something else was live meanwhile."""
        since = self.live_since if self.until is None else at
        return replace(self, revisions=tuple(sorted({*self.revisions, revision})), since=since, until=None)

    def again(self, version: str, revision: int, at: datetime, before: str) -> "HealthyRelease":
        """After a push made it live once more. A push of what was live already has replaced nothing."""
        versions = (*(known for known in self.versions if known != version), version)
        return replace(self.restored(revision, at), versions=versions, at=at, before=self.before if before == self.commit else before)


def replaced(live_before: HealthyRelease | None, live_now: str, at: datetime) -> HealthyRelease | None:
    """The release that isn't live any more, with its time there ended; None when it is the same one or nobody knows it."""
    if live_before is None or live_before.commit == live_now or live_before.until is not None:
        return None
    return replace(live_before, until=at)


def find(healthy: Sequence[HealthyRelease], commit: str) -> HealthyRelease | None:
    return next((release for release in healthy if release.commit == commit), None)


def named(healthy: Sequence[HealthyRelease]) -> str:
    """The newest releases for a sentence, newest first: `v1.1.0 (revision 4), v1.0.0 (revisions 1, 3)`."""

    def one(release: HealthyRelease) -> str:
        numbers = ", ".join(str(revision) for revision in release.revisions[-MOST_NAMED:])
        return f"{release.version} (revision{'s' if len(release.revisions) > 1 else ''} {numbers})"

    newest_first = sorted(healthy, key=lambda release: release.at, reverse=True)
    more = f" and {len(healthy) - MOST_NAMED} older ones" if len(healthy) > MOST_NAMED else ""
    return ", ".join(one(release) for release in newest_first[:MOST_NAMED]) + more
