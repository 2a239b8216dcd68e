"""The code host and what we remember of its branches and tags, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from slipway.errors import TemporarilyUnavailable
from slipway.ports import FailedDelivery, KnownRef, LastPush, PushedRef, RefsNow


@dataclass
class FakeRefs:
    """Imitates the conditions of the writes."""

    refs: dict[tuple[str, str], KnownRef] = field(default_factory=dict)
    baselines: set[str] = field(default_factory=set)

    def known(self, repository: str) -> Mapping[str, KnownRef] | None:
        if repository.lower() not in self.baselines:
            return None
        return {ref: known for (name, ref), known in self.refs.items() if name == repository.lower()}

    def baseline(self, repository: str, refs: Mapping[str, str], at: int) -> None:
        for ref, target in refs.items():
            self.refs.setdefault((repository.lower(), ref), KnownRef(target, at))
        self.baselines.add(repository.lower())

    def see(self, repository: str, ref: str, seen: KnownRef, before: KnownRef | None) -> bool:
        if not self._is(repository, ref, before):
            return False
        self.refs[repository.lower(), ref] = seen
        return True

    def started(self, repository: str, ref: str, seen: KnownRef) -> None:
        if self._is(repository, ref, seen):
            self.refs[repository.lower(), ref] = KnownRef(seen.target, seen.at)

    def forget(self, repository: str, ref: str, before: KnownRef) -> None:
        if self._is(repository, ref, before):
            del self.refs[repository.lower(), ref]

    def remember(self, pushed: PushedRef) -> bool:
        """For the fake of the deliveries: False when this push, or a newer one, is known."""
        known = self.refs.get((pushed.repository.lower(), pushed.ref))
        if known is not None and not (known.at < pushed.at or (known.at == pushed.at and known.target == pushed.before)):
            return False
        self.refs[pushed.repository.lower(), pushed.ref] = KnownRef(pushed.after, pushed.at)
        return True

    def is_newest(self, pushed: PushedRef) -> bool:
        return self._is(pushed.repository, pushed.ref, KnownRef(pushed.after, pushed.at))

    def _is(self, repository: str, ref: str, expected: KnownRef | None) -> bool:
        known = self.refs.get((repository.lower(), ref))
        if known is None or expected is None:
            return known is expected
        return (known.target, known.at) == (expected.target, expected.at)


@dataclass
class FakeChangedRefs:
    """`refs` by repository and full name; `tags` lead from tag objects to commits. `unreachable` holds repositories that can't be asked."""

    refs: dict[str, dict[str, str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pushes: dict[tuple[str, str], LastPush] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    at: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def read(self, repository: str) -> RefsNow | None:
        if repository in self.unreachable:
            raise TemporarilyUnavailable(f"{repository} can't be reached")
        return RefsNow(dict(self.refs[repository]), self.at) if repository in self.refs else None

    def commit(self, repository: str, ref: str, target: str) -> str:
        return self.tags.get(target, target)

    def last_push(self, repository: str, ref: str, commit: str) -> LastPush:
        return self.pushes.get((ref, commit), LastPush())


@dataclass
class FakeDeliveryLog:
    """`refused` makes the next requests fail."""

    failures: list[FailedDelivery] = field(default_factory=list)
    redelivered: list[str] = field(default_factory=list)
    refused: int = 0

    def failed(self, since: datetime) -> Sequence[FailedDelivery]:
        return sorted((each for each in self.failures if each.at >= since), key=lambda each: each.at)

    def redeliver(self, delivery: FailedDelivery) -> None:
        if self.refused:
            self.refused -= 1
            raise TemporarilyUnavailable("GitHub asks to wait")
        self.redelivered.append(delivery.guid)
