"""The code host's history in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.ports import CommitInfo, Comparison


@dataclass
class FakeCommits:
    """`new` is what every comparison shows, oldest first; without it the head alone, as of a repository that nobody has connected.

    Imitates neither pages nor histories: `omitted`, `lost` and `related` are told as they are set.
    """

    new: Sequence[CommitInfo] = ()
    omitted: int = 0
    files: Sequence[str] | None = None
    lost: int = 0
    related: bool = True
    unreachable: bool = False
    unknown: set[str] = field(default_factory=set)
    """Heads that the host doesn't have."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def between(self, repository: str, base: str, head: str) -> Comparison:
        if self.unreachable:
            raise TemporarilyUnavailable("GitHub doesn't answer")
        if head in self.unknown:
            raise InvalidInput(f"{repository} has no commit {head}.")
        self.asked.append((repository, base, head))
        if not self.new:
            return Comparison((CommitInfo(head, "", "", "", ""),), self.omitted, self.files, connected=False)
        return Comparison(self.new, self.omitted, self.files, self.lost, self.related)
