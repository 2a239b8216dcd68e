"""What people outside of Slipway are told, in memory: the queue of notices, the code host's page, chat, and what is remembered of all that."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from slipway.domain.news import News
from slipway.domain.notice import Told
from slipway.errors import InvalidInput, TemporarilyUnavailable


@dataclass
class FakeNotices:
    """The queue; with `broken` it can't be reached."""

    subjects: list[str] = field(default_factory=list)
    broken: Exception | None = None

    def put(self, subject: str) -> None:
        if self.broken is not None:
            raise self.broken
        self.subjects.append(subject)


@dataclass
class FakeNewsChannel:
    heard: list[News] = field(default_factory=list)
    unreachable: bool = False

    def publish(self, news: News) -> None:
        if self.unreachable:
            raise TemporarilyUnavailable("SNS doesn't answer")
        self.heard.append(news)

    @property
    def kinds(self) -> list[str]:
        return [news.kind for news in self.heard]


@dataclass
class FakeTellings:
    told: dict[str, Told] = field(default_factory=dict)

    def read(self, key: str) -> Told:
        return self.told.get(key, Told())

    def remember(self, key: str, told: Told) -> bool:
        if self.read(key).version != told.version:
            return False
        self.told[key] = replace(told, version=told.version + 1)
        return True


@dataclass
class FakeCallBudget:
    """Counts by minute and hour of the clock, as the real one does."""

    per_minute: int = 40
    per_hour: int = 250
    calls: Counter[str] = field(default_factory=Counter)
    paused_until: datetime | None = None

    def take(self, now: datetime) -> bool:
        minute, hour = f"{now:%Y-%m-%dT%H:%M}", f"{now:%Y-%m-%dT%H}"
        if (self.paused_until is not None and now < self.paused_until) or self.calls[minute] >= self.per_minute or self.calls[hour] >= self.per_hour:
            return False
        self.calls.update([minute, hour])
        return True

    def pause(self, now: datetime) -> None:
        self.paused_until = now + timedelta(minutes=2)


@dataclass
class FakeCommitStatuses:
    """The code host's pages. Everything that was ever shown is kept, the newest last; `calls` counts what was written.

    `slow_down` answers with "later" as often as it says; `unknown` holds commits that the host doesn't have. `meanwhile` happens once, during a call.
    """

    statuses: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    deployments: dict[int, tuple[str, str, str, str, str]] = field(default_factory=dict)
    shown: dict[int, list[tuple[str, str, str]]] = field(default_factory=dict)
    slow_down: int = 0
    unknown: set[str] = field(default_factory=set)
    calls: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def set_status(self, repository: str, commit: str, context: str, state: str, description: str) -> None:
        self._written(commit)
        self.statuses.append((repository, commit, context, state, description))

    def open_deployment(self, repository: str, commit: str, environment: str, description: str, key: str) -> int:
        for number, (*_, known) in self.deployments.items():
            if known == key:
                return number
        self._written(commit)
        number = len(self.deployments) + 1
        self.deployments[number] = (repository, commit, environment, description, key)
        self.shown[number] = []
        return number

    def set_deployment_status(self, repository: str, deployment: int, state: str, description: str, environment: str) -> None:
        self._written("")
        self.shown[deployment].append((state, description, environment))

    def _written(self, commit: str) -> None:
        self.calls += 1
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()
        if self.slow_down:
            self.slow_down -= 1
            raise TemporarilyUnavailable("You have exceeded a secondary rate limit")
        if commit in self.unknown:
            raise InvalidInput(f"No commit found for SHA: {commit}")
