"""What steps may rely on from the places where they keep what they know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.domain.deployment import Deployment, Outcome, RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.domain.release import Release, ReleaseState
from slipway.domain.run import Run, RunState
from slipway.errors import InvalidInput, LeaseLost
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import GOOD, NOW

APP = "sample-app"
DEPLOYMENT = Deployment("run-1-dev", "run-1", APP, "dev", GOOD, "arn:execution")


def test_a_delivery_is_done_only_after_its_run_was_started(memory: Memory) -> None:
    assert memory.deliveries.receive("guid", "run-1", NOW) is False
    assert memory.deliveries.receive("guid", "run-1", NOW) is False
    memory.deliveries.started("guid")
    assert memory.deliveries.receive("guid", "run-1", NOW) is True


def test_opening_a_run_again_changes_nothing(memory: Memory) -> None:
    run = Run("run-1", APP, "refs/heads/main", GOOD)
    memory.runs.open(run, NOW)
    memory.runs.close(replace(run, state=RunState.LIVE, reason="live in dev"), NOW)
    memory.runs.open(run, NOW)
    assert memory.runs.get("run-1") == replace(run, state=RunState.LIVE, reason="live in dev")
    assert memory.runs.get("run-2") is None


def test_one_run_claims_the_build_of_a_commit_and_keeps_its_claim(memory: Memory) -> None:
    assert memory.releases.get(APP, GOOD) is None
    assert [memory.releases.claim(APP, GOOD, run) for run in ("run-1", "run-2", "run-1")] == [1, 0, 1]


def test_a_build_that_broke_is_claimed_as_another_attempt(memory: Memory) -> None:
    memory.releases.claim(APP, GOOD, "run-1")
    memory.releases.unclaim(APP, GOOD)
    assert memory.releases.get(APP, GOOD) is None
    assert memory.releases.claim(APP, GOOD, "run-2") == 2


def test_a_finished_build_cannot_be_claimed_or_forgotten(memory: Memory) -> None:
    release = Release(APP, GOOD, ReleaseState.READY, "build", "sha256:image", "sha256:bundle")
    memory.releases.claim(APP, GOOD, "run-1")
    memory.releases.save(release)
    memory.releases.unclaim(APP, GOOD)
    assert memory.releases.claim(APP, GOOD, "run-1") == 0
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


def test_a_free_lease_is_granted_with_a_new_epoch_each_time(memory: Memory) -> None:
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    assert granted is not None and (granted[0].owner, granted[0].epoch, granted[1]) == ("first", 1, "token-1")
    assert memory.leases.release(APP, "dev", "first") is None
    granted = memory.leases.acquire(APP, "dev", "second", "token-2", NOW)
    assert granted is not None and granted[0].epoch == 2


def test_who_asks_again_gets_the_same_lease_with_the_newer_token(memory: Memory) -> None:
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    again = memory.leases.acquire(APP, "dev", "first", "token-2", NOW)
    assert again is not None and (again[0].epoch, again[1]) == (1, "token-2")


def test_waiters_get_the_lease_in_the_order_in_which_they_came(memory: Memory) -> None:
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    for index, name in enumerate(("second", "third"), start=2):
        assert memory.leases.acquire(APP, "dev", name, f"token-{index}", NOW + timedelta(seconds=index)) is None
    handed = memory.leases.release(APP, "dev", "first")
    assert handed is not None and (handed[0].owner, handed[1]) == ("second", "token-2")
    handed = memory.leases.release(APP, "dev", "second")
    assert handed is not None and (handed[0].owner, handed[0].epoch) == ("third", 3)


def test_giving_up_a_place_in_the_queue_leaves_the_owner_alone(memory: Memory) -> None:
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    memory.leases.acquire(APP, "dev", "second", "token-2", NOW)
    assert memory.leases.release(APP, "dev", "second") is None
    assert memory.leases.read(APP, "dev").owner == "first"
    assert memory.leases.release(APP, "dev", "first") is None


def test_leases_of_different_environments_are_independent(memory: Memory) -> None:
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    assert memory.leases.acquire(APP, "stage", "second", "token-2", NOW) is not None


def test_an_environments_state_is_written_only_with_the_lease_in_hand(memory: Memory) -> None:
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    assert granted is not None
    assert memory.environments.state(APP, "dev") == EnvironmentState()
    memory.environments.record(APP, "dev", EnvironmentState(live=GOOD, last_good=GOOD), "first", granted[0].epoch)
    for deployment, epoch in (("first", granted[0].epoch + 1), ("second", granted[0].epoch)):
        with pytest.raises(LeaseLost):
            memory.environments.record(APP, "dev", EnvironmentState(), deployment, epoch)
    assert memory.environments.state(APP, "dev") == EnvironmentState(live=GOOD, last_good=GOOD)
