"""What steps may rely on from the places where they keep what they know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.domain.deployment import Deployment, Kind, Outcome, RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.release import Release, ReleaseState
from slipway.domain.run import Run, RunState
from slipway.errors import InvalidInput, LeaseLost
from slipway.ports import UnfinishedBuild
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import GOOD, NOW

APP = "sample-app"
DEPLOYMENT = Deployment("run-1-dev", "run-1", APP, "dev", GOOD, "arn:execution", Kind.ROLLBACK, "v1.0.0", "ada", "a cause")


def test_opening_a_run_again_changes_nothing(memory: Memory) -> None:
    run = Run("run-1", APP, "refs/heads/main", GOOD)
    memory.runs.open(run, NOW)
    memory.runs.close(replace(run, state=RunState.LIVE, reason="live in dev"), NOW)
    memory.runs.open(run, NOW)
    assert memory.runs.get("run-1") == replace(run, state=RunState.LIVE, reason="live in dev")
    assert memory.runs.get("run-2") is None


def test_one_run_claims_the_build_of_a_commit_and_keeps_its_claim(memory: Memory) -> None:
    assert memory.releases.get(APP, GOOD) is None
    assert [memory.releases.claim(APP, GOOD, run, NOW) for run in ("run-1", "run-2", "run-1")] == [1, 0, 1]


def test_a_build_that_broke_is_claimed_as_another_attempt(memory: Memory) -> None:
    memory.releases.claim(APP, GOOD, "run-1", NOW)
    memory.releases.unclaim(APP, GOOD, "")
    assert memory.releases.get(APP, GOOD) is None
    assert memory.releases.claim(APP, GOOD, "run-2", NOW) == 2


def test_a_finished_build_cannot_be_claimed_or_forgotten(memory: Memory) -> None:
    release = Release(APP, GOOD, ReleaseState.READY, "build", "sha256:image", "sha256:bundle")
    memory.releases.claim(APP, GOOD, "run-1", NOW)
    memory.releases.save(release)
    memory.releases.unclaim(APP, GOOD, "")
    assert memory.releases.claim(APP, GOOD, "run-1", NOW) == 0
    assert memory.releases.get(APP, GOOD) == release


def test_a_run_waits_for_a_build_with_its_newest_token(memory: Memory) -> None:
    for run, token in (("run-1", "old"), ("run-1", "new"), ("run-2", "other")):
        memory.releases.await_build(APP, GOOD, run, token)
    assert sorted(memory.releases.take_waiters(APP, GOOD)) == ["new", "other"]
    memory.releases.forget_waiters(APP, GOOD, ["new"])
    assert memory.releases.take_waiters(APP, GOOD) == ["other"]


def test_the_restore_point_is_the_first_one_recorded(memory: Memory) -> None:
    memory.deployments.open(DEPLOYMENT, NOW)
    assert memory.deployments.restore_point(DEPLOYMENT.identity) is None
    assert memory.deployments.remember_restore_point(DEPLOYMENT.identity, RestorePoint(3, GOOD)) == RestorePoint(3, GOOD)
    assert memory.deployments.remember_restore_point(DEPLOYMENT.identity, RestorePoint()) == RestorePoint(3, GOOD)
    assert memory.deployments.restore_point(DEPLOYMENT.identity) == RestorePoint(3, GOOD)


def test_deployments_are_listed_by_run_with_how_they_ended(memory: Memory) -> None:
    memory.deployments.open(DEPLOYMENT, NOW)
    memory.deployments.open(replace(DEPLOYMENT, identity="run-1-stage", environment="stage"), NOW + timedelta(seconds=1))
    memory.deployments.open(replace(DEPLOYMENT, identity="run-2-dev", run="run-2"), NOW)
    memory.deployments.open(DEPLOYMENT, NOW + timedelta(seconds=2))  # a retry of the same state
    memory.deployments.close(DEPLOYMENT.identity, Outcome.LIVE, "fine", NOW)
    assert [(found.environment, found.outcome) for found in memory.deployments.of_run("run-1")] == [("dev", "live"), ("stage", "")]


def test_an_unknown_deployment_is_invalid_input(memory: Memory) -> None:
    with pytest.raises(InvalidInput, match="no deployment nonsense"):
        memory.deployments.get("nonsense")


def test_an_environments_state_is_written_only_with_the_lease_in_hand(memory: Memory) -> None:
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    assert granted is not None
    assert memory.environments.state(APP, "dev") == EnvironmentState()
    memory.environments.record(APP, "dev", EnvironmentState(live=GOOD, last_good=GOOD), "first", granted[0].epoch)
    for deployment, epoch in (("first", granted[0].epoch + 1), ("second", granted[0].epoch)):
        with pytest.raises(LeaseLost):
            memory.environments.record(APP, "dev", EnvironmentState(), deployment, epoch)
    assert memory.environments.state(APP, "dev") == EnvironmentState(live=GOOD, last_good=GOOD)


def test_a_deployment_is_read_as_it_was_opened(memory: Memory) -> None:
    memory.deployments.open(DEPLOYMENT, NOW)
    assert memory.deployments.get(DEPLOYMENT.identity) == DEPLOYMENT
    memory.deployments.remember_revision(DEPLOYMENT.identity, 7)
    assert memory.deployments.get(DEPLOYMENT.identity) == replace(DEPLOYMENT, revision=7)


def test_the_newest_deployments_of_an_environment_come_first(memory: Memory) -> None:
    for number in range(3):
        memory.deployments.open(replace(DEPLOYMENT, identity=f"run-{number}-dev", run=f"run-{number}"), NOW + timedelta(seconds=number))
    memory.deployments.open(replace(DEPLOYMENT, identity="run-9-stage", environment="stage"), NOW + timedelta(seconds=9))
    assert [found.identity for found in memory.deployments.latest(APP, "dev", 2)] == ["run-2-dev", "run-1-dev"]


def test_what_was_healthy_is_remembered_with_the_state_or_not_at_all(memory: Memory) -> None:
    healthy = HealthyRelease(GOOD, "sha256:image", ("v1.0.0",), (3,), NOW)
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    assert granted is not None
    with pytest.raises(LeaseLost):
        memory.environments.record(APP, "dev", EnvironmentState(), "second", granted[0].epoch, healthy, "a hold")
    assert memory.environments.healthy(APP, "dev") == [] and memory.leases.read(APP, "dev").hold == ""
    assert memory.environments.healthy_release(APP, "dev", GOOD) is None
    memory.environments.record(APP, "dev", EnvironmentState(), "first", granted[0].epoch, healthy)
    assert memory.environments.healthy_release(APP, "dev", GOOD) == healthy
    again = healthy.again("v1.0.1", 5, NOW + timedelta(hours=1), "b" * 40)
    memory.environments.record(APP, "dev", EnvironmentState(), "first", granted[0].epoch, again)
    versions, revisions = ("v1.0.0", "v1.0.1"), (3, 5)
    expected = HealthyRelease(GOOD, "sha256:image", versions, revisions, NOW + timedelta(hours=1), "b" * 40, since=NOW)
    assert memory.environments.healthy(APP, "dev") == [expected]


def test_the_time_of_one_release_ends_together_with_the_beginning_of_anothers(memory: Memory) -> None:
    old, new = HealthyRelease(GOOD, "sha256:1", ("v1",), (1,), NOW), HealthyRelease("b" * 40, "sha256:2", ("v2",), (2,), NOW + timedelta(minutes=10), GOOD)
    ended = replace(old, since=NOW + timedelta(minutes=1), until=new.at)
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    assert granted is not None
    memory.environments.record(APP, "dev", EnvironmentState(), "first", granted[0].epoch, old)
    with pytest.raises(LeaseLost):
        memory.environments.record(APP, "dev", EnvironmentState(), "second", granted[0].epoch, new, replaced=ended)
    assert memory.environments.healthy(APP, "dev") == [old]
    memory.environments.record(APP, "dev", EnvironmentState(), "first", granted[0].epoch, new, replaced=ended)
    assert sorted(memory.environments.healthy(APP, "dev"), key=lambda release: release.at) == [ended, new]


def test_a_timeline_is_read_in_the_order_in_which_it_was_written(memory: Memory) -> None:
    for kind, seconds in (("opened", 2), ("closed", 1)):
        memory.timeline.add("RUN#1", kind, "a message", NOW + timedelta(seconds=seconds), number=seconds)
    memory.timeline.add("RUN#2", "opened", "another", NOW)
    events = memory.timeline.read("RUN#1")
    assert [(event.kind, event.message, event.at, event.evidence) for event in events] == [
        ("opened", "a message", NOW + timedelta(seconds=2), {"number": 2}),
        ("closed", "a message", NOW + timedelta(seconds=1), {"number": 1}),
    ]


def test_what_is_not_closed_is_listed_until_it_is(memory: Memory) -> None:
    run = Run("run-1", APP, "refs/heads/main", GOOD)
    memory.runs.open(run, NOW)
    memory.deployments.open(DEPLOYMENT, NOW)
    assert (list(memory.runs.unfinished()), list(memory.deployments.unfinished())) == (["run-1"], [DEPLOYMENT.identity])
    memory.runs.close(replace(run, state=RunState.LIVE), NOW)
    memory.deployments.close(DEPLOYMENT.identity, Outcome.LIVE, "fine", NOW)
    assert (list(memory.runs.unfinished()), list(memory.deployments.unfinished())) == ([], [])
    memory.runs.open(run, NOW)
    memory.deployments.open(DEPLOYMENT, NOW)
    assert (list(memory.runs.unfinished()), list(memory.deployments.unfinished())) == ([], []), "opened again by a retry"


def test_the_first_end_of_a_deployment_stays(memory: Memory) -> None:
    memory.deployments.open(DEPLOYMENT, NOW)
    assert memory.deployments.close(DEPLOYMENT.identity, Outcome.FAILED, "aborted", NOW).outcome == Outcome.FAILED
    closed = memory.deployments.close(DEPLOYMENT.identity, Outcome.LIVE, "fine", NOW)
    assert (closed.outcome, closed.reason) == (Outcome.FAILED, "aborted")


def test_a_build_is_unfinished_from_its_claim_until_everybody_knows_its_end(memory: Memory) -> None:
    memory.releases.claim(APP, GOOD, "run-1", NOW)
    assert list(memory.releases.unfinished_builds()) == [UnfinishedBuild(APP, GOOD, NOW)]
    memory.releases.remember_build(APP, GOOD, "build-1")
    memory.releases.save(Release(APP, GOOD, ReleaseState.BUILT))
    assert list(memory.releases.unfinished_builds()) == [UnfinishedBuild(APP, GOOD, NOW, "build-1")]
    memory.releases.build_ended(APP, GOOD, "build-1")
    assert list(memory.releases.unfinished_builds()) == []
    memory.releases.remember_build(APP, GOOD, "build-1")
    assert list(memory.releases.unfinished_builds()) == [], "a retry was late"


def test_a_build_that_broke_is_unfinished_until_those_who_wait_know_it(memory: Memory) -> None:
    memory.releases.claim(APP, GOOD, "run-1", NOW)
    memory.releases.remember_build(APP, GOOD, "build-1")
    assert memory.releases.unclaim(APP, GOOD, "build-1") is True
    assert list(memory.releases.unfinished_builds()) == [UnfinishedBuild(APP, GOOD, NOW, "build-1")]
    memory.releases.build_ended(APP, GOOD, "build-1")
    assert list(memory.releases.unfinished_builds()) == []


def test_a_late_word_about_an_earlier_build_leaves_the_next_one_alone(memory: Memory) -> None:
    for attempt in (1, 2):
        assert memory.releases.claim(APP, GOOD, f"run-{attempt}", NOW) == attempt
        memory.releases.remember_build(APP, GOOD, f"build-{attempt}")
        assert memory.releases.unclaim(APP, GOOD, "build-1") is (attempt == 1)
        memory.releases.build_ended(APP, GOOD, "build-0")
    memory.releases.build_ended(APP, GOOD, "build-1")
    assert memory.releases.get(APP, GOOD) == Release(APP, GOOD, ReleaseState.BUILDING)
    assert list(memory.releases.unfinished_builds()) == [UnfinishedBuild(APP, GOOD, NOW, "build-2")]


def test_who_wrote_the_state_is_remembered(memory: Memory) -> None:
    assert memory.environments.recorded_by(APP, "dev") == ""
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    memory.environments.record(APP, "dev", EnvironmentState(live=GOOD), "first", 1)
    assert memory.environments.recorded_by(APP, "dev") == "first"


def test_an_open_question_stays_what_runs_until_it_is_settled(memory: Memory) -> None:
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    assert granted is not None
    memory.leases.begin(APP, "dev", "first", 1, NOW + timedelta(minutes=5))
    memory.environments.record(APP, "dev", EnvironmentState(), "first", 1, settled=False)
    assert memory.leases.read(APP, "dev").changing == "first"
    memory.environments.record(APP, "dev", EnvironmentState(), "first", 1)
    assert memory.leases.read(APP, "dev").changing == ""
