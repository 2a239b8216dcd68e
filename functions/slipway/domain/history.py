"""Which releases were once healthy in an environment: the only ones that a rollback may go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class HealthyRelease:
    """`versions` are what people call it (tags, or the commit's first twelve digits), `revisions` Helm's numbers of it there, both oldest first.

    `at` is when a push last made it live; going back to it doesn't count, so that a second rollback goes further back instead of forth again.
    """

    commit: str
    digest: str
    versions: tuple[str, ...]
    revisions: tuple[int, ...]
    at: datetime

    @property
    def version(self) -> str:
        return self.versions[-1]

    def again(self, version: str, revision: int, at: datetime) -> "HealthyRelease":
        """The same release after it was healthy once more."""
        versions = (*(known for known in self.versions if known != version), version)
        return HealthyRelease(self.commit, self.digest, versions, tuple(sorted({*self.revisions, revision})), at)


def find(healthy: Sequence[HealthyRelease], commit: str) -> HealthyRelease | None:
    return next((release for release in healthy if release.commit == commit), None)


def named(healthy: Sequence[HealthyRelease]) -> str:
    """The releases for a sentence, newest first: `v1.1.0 (revision 4), v1.0.0 (revisions 1, 3)`."""

    def one(release: HealthyRelease) -> str:
        numbers = ", ".join(str(revision) for revision in release.revisions)
        return f"{release.version} (revision{'s' if len(release.revisions) > 1 else ''} {numbers})"

    return ", ".join(one(release) for release in sorted(healthy, key=lambda release: release.at, reverse=True))
