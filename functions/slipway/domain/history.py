"""Which releases were once healthy in an environment: the only ones that a rollback may go back to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

MOST_NAMED = 20
"""Releases in a sentence: it has to fit into the cause of an execution, and into a person's head."""


@dataclass(frozen=True)
class HealthyRelease:
    """`versions` are what people call it (tags, or the commit's first twelve digits), `revisions` Helm's numbers of it there, both oldest first.

    `at` is when a push last made it live, and `before` the commit that it replaced then; going back to it doesn't count, so that a second rollback
    goes further back instead of forth again.
    """

    commit: str
    digest: str
    versions: tuple[str, ...]
    revisions: tuple[int, ...]
    at: datetime
    before: str = ""

    @property
    def version(self) -> str:
        return self.versions[-1]

    def restored(self, revision: int) -> "HealthyRelease":
        """After it was put back, as another revision."""
        return replace(self, revisions=tuple(sorted({*self.revisions, revision})))

    def again(self, version: str, revision: int, at: datetime, before: str) -> "HealthyRelease":
        """After a push made it live once more. A push of what was live already has replaced nothing."""
        versions = (*(known for known in self.versions if known != version), version)
        return replace(self.restored(revision), versions=versions, at=at, before=self.before if before == self.commit else before)


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
