"""How people name a release: by a tag that was pushed, or by the first digits of its commit."""

from datetime import timedelta

import pytest

from slipway.domain.release import Release, ReleaseState
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import BETTER, GOOD, NOW

APP = "sample-app"
ONE, OTHER = "abcdef1" + "0" * 33, "abcdef1" + "1" * 33


@pytest.fixture
def releases(memory: Memory) -> Memory:
    for commit in (GOOD, BETTER, ONE, OTHER):
        memory.releases.save(Release(APP, commit, ReleaseState.READY, "build", f"sha256:{commit}", "sha256:bundle"))
    return memory


def begun(memory: Memory, digits: str, service: str = APP) -> list[str]:
    return [release.commit for release in memory.releases.begun(service, digits)]


def test_a_commit_is_named_by_its_first_digits(releases: Memory) -> None:
    assert begun(releases, GOOD) == begun(releases, GOOD[:12]) == begun(releases, GOOD[:7]) == [GOOD]
    assert begun(releases, "abcdef1") == [ONE, OTHER]
    assert begun(releases, "abcdef11") == [OTHER]


@pytest.mark.parametrize("name", ["", GOOD[:6], "A" * 12, "v1.0.0", "TAG#v1", "1234567", GOOD + "a"])
def test_nothing_else_names_one(releases: Memory, name: str) -> None:
    releases.releases.label(APP, "v1.0.0", GOOD, NOW)
    assert begun(releases, name) == []
    assert begun(releases, GOOD, "other") == []


def test_a_tag_means_the_commit_that_it_was_last_pushed_with(releases: Memory) -> None:
    releases.releases.label(APP, "v1.0.0", GOOD, NOW)
    releases.releases.label(APP, "v1.0.0", BETTER, NOW + timedelta(seconds=1))
    releases.releases.label(APP, "v1.0.0", GOOD, NOW)
    tagged = releases.releases.tagged(APP, "v1.0.0")
    assert tagged is not None and tagged.commit == BETTER
    assert releases.releases.tagged("other", "v1.0.0") is releases.releases.tagged(APP, "v1.0") is None


def test_a_tag_of_a_commit_without_a_release_means_none(releases: Memory) -> None:
    releases.releases.label(APP, "v2.0.0", "f" * 40, NOW)
    assert releases.releases.tagged(APP, "v2.0.0") is None


def test_a_tag_that_looks_like_another_commit_takes_no_commits_place(releases: Memory) -> None:
    releases.releases.label(APP, GOOD[:12], BETTER, NOW)
    assert begun(releases, GOOD[:12]) == [GOOD]


def test_everybody_who_pushed_a_commit_is_remembered_once_and_no_commit_is_named_by_them(releases: Memory) -> None:
    for login in ("grace", "ada", "grace"):
        releases.releases.remember_pusher(APP, GOOD, login)
    releases.releases.remember_pusher(APP, BETTER, "linus")
    releases.releases.remember_pusher("other", GOOD, "linus")
    assert list(releases.releases.pushers(APP, GOOD)) == ["ada", "grace"]
    assert releases.releases.pushers(APP, "f" * 40) == []
    assert begun(releases, GOOD[:12]) == [GOOD]


def test_a_pusher_may_be_remembered_before_the_commit_has_a_release(releases: Memory) -> None:
    commit = "f" * 40
    releases.releases.remember_pusher(APP, commit, "ada")
    assert releases.releases.get(APP, commit) is None
    assert releases.releases.claim(APP, commit, "run-1", NOW) == 1
    assert list(releases.releases.pushers(APP, commit)) == ["ada"]
