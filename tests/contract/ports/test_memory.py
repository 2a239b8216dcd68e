"""What steps may rely on from the places where they keep what they know."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.domain.approval import Approval, ApprovalState, Choice, Vote
from slipway.domain.deployment import Deployment, Kind, Outcome, RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.lease import Lease
from slipway.domain.release import Release, ReleaseState
from slipway.domain.run import Run, RunState
from slipway.errors import InvalidInput, LeaseLost
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import GOOD, NOW

APP = "sample-app"
DEPLOYMENT = Deployment("run-1-dev", "run-1", APP, "dev", GOOD, "arn:execution", Kind.ROLLBACK, "v1.0.0", "ada", "a cause")
APPROVAL = Approval("run-1-prod", APP, "prod", GOOD, "v1.0.0", "ada", NOW, NOW + timedelta(hours=1))


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


def take(memory: Memory, deployment: str, *, first: bool = False) -> Lease:
    """The free lease of dev, whose owner knows of it."""
    granted = memory.leases.acquire(APP, "dev", deployment, f"token of {deployment}", NOW, first=first)
    assert granted is not None and granted[0].owner == deployment
    memory.leases.answered(APP, "dev", granted[0].epoch)
    return granted[0]


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
    take(memory, "first")
    for index, name in enumerate(("second", "third"), start=2):
        assert memory.leases.acquire(APP, "dev", name, f"token-{index}", NOW + timedelta(seconds=index)) is None
    handed = memory.leases.release(APP, "dev", "first")
    assert handed is not None and (handed[0].owner, handed[1]) == ("second", "token-2")
    handed = memory.leases.release(APP, "dev", "second")
    assert handed is not None and (handed[0].owner, handed[0].epoch) == ("third", 3)


def test_giving_up_a_place_in_the_queue_leaves_the_owner_alone(memory: Memory) -> None:
    take(memory, "first")
    memory.leases.acquire(APP, "dev", "second", "token-2", NOW)
    assert memory.leases.release(APP, "dev", "second") is None
    assert memory.leases.read(APP, "dev").owner == "first"
    assert memory.leases.release(APP, "dev", "first") is None


def test_an_owner_who_was_not_answered_is_given_again_to_whoever_looks(memory: Memory) -> None:
    take(memory, "first")
    memory.leases.acquire(APP, "dev", "second", "token-2", NOW)
    handed = memory.leases.release(APP, "dev", "first")
    assert memory.leases.release(APP, "dev", "first") == handed, "the one who was to answer was killed"
    assert memory.leases.acquire(APP, "dev", "third", "token-3", NOW) == handed
    assert memory.leases.resume(APP, "dev", "") == handed
    memory.leases.answered(APP, "dev", 1)
    assert memory.leases.resume(APP, "dev", "") == handed, "that was an earlier owner"
    memory.leases.answered(APP, "dev", 2)
    assert memory.leases.resume(APP, "dev", "") is None


def test_a_waiter_who_asks_again_keeps_the_place_and_waits_with_the_newer_token(memory: Memory) -> None:
    take(memory, "first")
    for deployment, token in (("second", "old"), ("third", "other"), ("second", "new")):
        memory.leases.acquire(APP, "dev", deployment, token, NOW)
    handed = memory.leases.release(APP, "dev", "first")
    assert handed is not None and (handed[0].owner, handed[1]) == ("second", "new")


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


def held(memory: Memory, reason: str) -> None:
    """dev, after a rollback."""
    memory.environments.record(APP, "dev", EnvironmentState(), "rollback", take(memory, "rollback", first=True).epoch, hold=reason)
    memory.leases.release(APP, "dev", "rollback")


def test_a_hold_lets_only_those_pass_who_go_first(memory: Memory) -> None:
    held(memory, "a reason")
    assert memory.leases.acquire(APP, "dev", "push", "token-1", NOW) is None
    assert memory.leases.read(APP, "dev").hold == "a reason"
    take(memory, "another rollback", first=True)
    assert memory.leases.release(APP, "dev", "another rollback") is None
    resumed = memory.leases.resume(APP, "dev", "a reason")
    assert resumed is not None and (resumed[0].owner, resumed[0].hold, resumed[1]) == ("push", "", "token-1")


def test_only_the_hold_that_was_seen_is_ended(memory: Memory) -> None:
    held(memory, "a reason")
    memory.leases.acquire(APP, "dev", "push", "token-1", NOW)
    assert memory.leases.resume(APP, "dev", "an earlier reason") is None
    assert memory.leases.read(APP, "dev").hold == "a reason"


def test_ending_a_hold_that_is_not_there_changes_nothing(memory: Memory) -> None:
    assert memory.leases.resume(APP, "dev", "") is None
    take(memory, "first")
    assert memory.leases.resume(APP, "dev", "") is None
    assert memory.leases.read(APP, "dev").owner == "first"


def test_who_goes_first_stands_before_those_who_came_earlier(memory: Memory) -> None:
    take(memory, "owner")
    memory.leases.acquire(APP, "dev", "push", "token-1", NOW)
    memory.leases.acquire(APP, "dev", "rollback", "token-2", NOW + timedelta(seconds=1), first=True)
    assert memory.leases.waiting(APP, "dev") == ["rollback", "push"]
    handed = memory.leases.release(APP, "dev", "owner")
    assert handed is not None and handed[0].owner == "rollback"


def test_what_was_healthy_is_remembered_with_the_state_or_not_at_all(memory: Memory) -> None:
    healthy = HealthyRelease(GOOD, "sha256:image", ("v1.0.0",), (3,), NOW)
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW)
    assert granted is not None
    with pytest.raises(LeaseLost):
        memory.environments.record(APP, "dev", EnvironmentState(), "second", granted[0].epoch, healthy, "a hold")
    assert memory.environments.healthy(APP, "dev") == [] and memory.leases.read(APP, "dev").hold == ""
    memory.environments.record(APP, "dev", EnvironmentState(), "first", granted[0].epoch, healthy)
    again = healthy.again("v1.0.1", 5, NOW + timedelta(hours=1), "b" * 40)
    memory.environments.record(APP, "dev", EnvironmentState(), "first", granted[0].epoch, again)
    assert memory.environments.healthy(APP, "dev") == [HealthyRelease(GOOD, "sha256:image", ("v1.0.0", "v1.0.1"), (3, 5), NOW + timedelta(hours=1), "b" * 40)]


def test_a_question_is_asked_once_and_waits_with_its_newest_token(memory: Memory) -> None:
    assert memory.approvals.open(APPROVAL, "token-1") is None
    assert memory.approvals.open(replace(APPROVAL, version="another"), "token-2") is None
    assert memory.approvals.get(APPROVAL.identity) == APPROVAL
    assert memory.approvals.pending(APP, "prod") == APPROVAL
    assert memory.approvals.token(APPROVAL.identity) == "token-2"
    assert memory.approvals.get("nonsense") is None
    with pytest.raises(InvalidInput):
        memory.approvals.token("nonsense")


NEWER = replace(APPROVAL, identity="run-2-prod", version="v1.1.0", opened_at=NOW + timedelta(seconds=1))


def test_a_new_question_names_the_pending_one_that_it_replaces(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    assert memory.approvals.open(NEWER, "token-2") == APPROVAL
    memory.approvals.decide(NEWER.identity, ApprovalState.REJECTED, "no")
    assert memory.approvals.open(replace(NEWER, identity="run-3-prod"), "token-3") is None


def test_an_older_question_that_is_asked_again_replaces_no_newer_one(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    memory.approvals.open(NEWER, "token-2")
    assert memory.approvals.open(APPROVAL, "token-3") is None
    again = memory.approvals.open(NEWER, "token-4")
    assert again is not None and again.identity == APPROVAL.identity
    assert memory.approvals.pending(APP, "prod") == NEWER


def test_of_questions_asked_at_once_each_replaces_the_one_before(memory: Memory) -> None:
    asked = [replace(APPROVAL, identity=f"run-{number}-prod") for number in range(4)]
    with ThreadPoolExecutor() as pool:
        replaced = list(pool.map(lambda approval: memory.approvals.open(approval, "token"), asked))
    assert sorted(found.identity if found else "" for found in replaced)[0] == ""
    assert len({found.identity for found in replaced if found}) == 3


def test_a_question_whose_time_is_over_is_not_replaced(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    assert memory.approvals.open(replace(NEWER, opened_at=APPROVAL.expires_at), "token-2") is None


def test_whether_the_deployment_was_told_is_remembered(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    memory.approvals.remember_told(APPROVAL.identity)
    assert memory.approvals.get(APPROVAL.identity) == replace(APPROVAL, told=True)


def test_a_person_votes_once_and_only_while_the_question_is_open(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    first, second = Vote("grace", Choice.APPROVE, "fine", NOW), Vote("ada", Choice.REJECT, "no", NOW + timedelta(seconds=1))
    assert memory.approvals.vote(APPROVAL.identity, first) is True
    assert memory.approvals.vote(APPROVAL.identity, replace(first, choice=Choice.REJECT)) is False
    assert memory.approvals.vote(APPROVAL.identity, second) is True
    assert memory.approvals.votes(APPROVAL.identity) == [first, second]
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.REJECTED, "no") is True
    assert memory.approvals.vote(APPROVAL.identity, replace(first, person="linus")) is False


def test_a_question_is_decided_once(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.APPROVED, "approved by grace") is True
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.REJECTED, "rejected by ada") is False
    assert memory.approvals.get(APPROVAL.identity) == replace(APPROVAL, state=ApprovalState.APPROVED, reason="approved by grace")
    assert memory.approvals.pending(APP, "prod") is None
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.ENDED, "aborted", since=ApprovalState.APPROVED) is True


def test_who_was_asked_is_remembered(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    assert list(memory.approvals.notified(APPROVAL.identity)) == []
    for name in ("ada", "grace"):
        memory.approvals.remember_notified(APPROVAL.identity, name)
    assert list(memory.approvals.notified(APPROVAL.identity)) == ["ada", "grace"]


def test_a_timeline_is_read_in_the_order_in_which_it_was_written(memory: Memory) -> None:
    for kind, seconds in (("opened", 2), ("closed", 1)):
        memory.timeline.add("RUN#1", kind, "a message", NOW + timedelta(seconds=seconds), number=seconds)
    memory.timeline.add("RUN#2", "opened", "another", NOW)
    events = memory.timeline.read("RUN#1")
    assert [(event.kind, event.message, event.at, event.evidence) for event in events] == [
        ("opened", "a message", NOW + timedelta(seconds=2), {"number": 2}),
        ("closed", "a message", NOW + timedelta(seconds=1), {"number": 1}),
    ]
