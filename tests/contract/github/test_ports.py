"""One suite for the fakes of the code host and for the real adapter: what steps may rely on."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from slipway import ports
from slipway.adapters.github.app import App
from slipway.adapters.github.commits import GitHubCommits
from slipway.adapters.github.deliveries import GitHubDeliveries
from slipway.adapters.github.refs import GitHubRefs
from slipway.errors import InvalidInput
from slipway.ports import CommitInfo, FailedDelivery, LastPush
from tests.contract.github.conftest import Key
from tests.contract.github.test_deliveries import failed
from tests.fakes.code_host import FakeChangedRefs, FakeDeliveryLog
from tests.fakes.commits import FakeCommits
from tests.fakes.secrets import app_secret
from tests.unit.twin.github.site import APP_ID, REPOSITORY, Clone, GitHub, Receiver

LOST = "f" * 40
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class Place(Protocol):
    """A repository with `main`, whose webhook refuses what it is told."""

    refs: ports.ChangedRefs
    log: ports.DeliveryLog
    commits: ports.Commits

    def head(self) -> str: ...

    def commit(self) -> str:
        """A commit more on `main`, pushed by ada."""

    def annotate(self, tag: str) -> str:
        """A pushed tag's object."""

    def attempts(self, count: int) -> Sequence[FailedDelivery]:
        """The failures, once the oldest has had that many attempts."""


@dataclass
class Fake:
    refs: FakeChangedRefs
    log: FakeDeliveryLog
    commits: FakeCommits

    def __post_init__(self) -> None:
        self._hashes = (f"{number:040x}" for number in itertools.count(1))
        self.refs.refs[REPOSITORY] = {"refs/heads/main": next(self._hashes)}
        self.commits.unknown.add(LOST)

    def head(self) -> str:
        return self.refs.refs[REPOSITORY]["refs/heads/main"]

    def commit(self) -> str:
        made = next(self._hashes)
        self.refs.refs[REPOSITORY]["refs/heads/main"] = made
        self.refs.pushes["refs/heads/main", made] = LastPush("ada", datetime.now(UTC))
        self.commits.new, self.commits.files = (CommitInfo(made, "Change", "Ada", "ada", "ada"),), ("service/main.py",)
        self.log.failures.append(FailedDelivery(1, f"guid-{made}", datetime.now(UTC)))
        return made

    def annotate(self, tag: str) -> str:
        made = next(self._hashes)
        self.refs.tags[made] = self.head()
        self.refs.refs[REPOSITORY][f"refs/tags/{tag}"] = made
        return made

    def attempts(self, count: int) -> Sequence[FailedDelivery]:
        if self.log.redelivered:
            self.log.failures = [replace(each, attempts=count, at=datetime.now(UTC)) for each in self.log.failures]
        return self.log.failed(YESTERDAY)


class Twin:
    def __init__(self, github: GitHub, clone: Clone, receiver: Receiver, app: App) -> None:
        self.refs, self.log, self.commits = GitHubRefs(app), GitHubDeliveries(app), GitHubCommits(app)
        self._clone, self._receiver = clone, receiver
        receiver.answer = 500

    def head(self) -> str:
        return self._clone.head()

    def commit(self) -> str:
        made = self._clone.commit("service/main.py", f"{datetime.now(UTC)}\n")
        self._clone.git("push", "--quiet")
        self._receiver.next()
        return made

    def annotate(self, tag: str) -> str:
        self._clone.git("tag", "--annotate", tag, "--message", tag)
        self._clone.git("push", "--quiet", "origin", tag)
        return self._clone.git("rev-parse", tag)

    def attempts(self, count: int) -> Sequence[FailedDelivery]:
        return failed(self.log, 1, count)


@pytest.fixture(params=["fake", "twin"])
def place(request: pytest.FixtureRequest, tmp_path: Path, key: Key) -> Iterator[Place]:
    if request.param == "fake":
        yield Fake(FakeChangedRefs(), FakeDeliveryLog(), FakeCommits())
        return
    github: GitHub = request.getfixturevalue("github")
    app = App(app_secret(APP_ID, key.private), github.url)
    yield Twin(github, request.getfixturevalue("clone"), request.getfixturevalue("receiver"), app)


def test_refs_show_what_they_point_at_and_annotated_tags_lead_to_commits(place: Place) -> None:
    commit, tag = place.commit(), place.annotate("v1.0.0")
    found = place.refs.read(REPOSITORY)
    assert found is not None and found.refs == {"refs/heads/main": commit, "refs/tags/v1.0.0": tag}
    assert tag != commit
    assert [place.refs.commit(REPOSITORY, ref, target) for ref, target in found.refs.items()] == [commit, commit]
    assert found.at.tzinfo is not None


def test_who_pushed_a_branch_is_known_and_who_pushed_a_tag_is_not(place: Place) -> None:
    commit = place.commit()
    place.annotate("v1.0.0")
    last = place.refs.last_push(REPOSITORY, "refs/heads/main", commit)
    assert last.login == "ada" and last.at is not None
    assert place.refs.last_push(REPOSITORY, "refs/tags/v1.0.0", commit) == LastPush()


def test_a_repository_that_nobody_has_connected_tells_nothing(place: Place) -> None:
    assert place.refs.read("acme/nowhere") is None


def test_a_failed_delivery_is_listed_with_its_attempts_until_it_is_too_old(place: Place) -> None:
    assert place.log.failed(YESTERDAY) == []
    place.commit()
    [first] = place.attempts(1)
    place.log.redeliver(first)
    [second] = place.attempts(2)
    assert (second.guid, second.attempts) == (first.guid, 2) and second.at >= first.at
    assert place.log.failed(second.at + timedelta(seconds=1)) == []


def test_a_comparison_lists_what_is_new_with_its_files(place: Place) -> None:
    base, head = place.head(), place.commit()
    found = place.commits.between(REPOSITORY, base, head)
    assert [(each.commit, each.message, each.author_name, each.author, each.committer) for each in found.commits] == [(head, "Change", "Ada", "ada", "ada")]
    assert (found.omitted, list(found.files or ())) == (0, ["service/main.py"])


def test_a_head_that_the_code_host_does_not_have_is_invalid_input(place: Place) -> None:
    with pytest.raises(InvalidInput, match="has no commit"):
        place.commits.between(REPOSITORY, "", LOST)
