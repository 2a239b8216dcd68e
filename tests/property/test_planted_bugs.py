"""The machines find what they are for: each bug of this list is put in, and found within the budget that CI has."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis.stateful import run_state_machine_as_test

from slipway.adapters.dynamodb.leases import DynamoLeases
from slipway.domain import approval
from slipway.steps.acquire_lease import acquire_lease
from slipway.steps.fence import Fence
from slipway.steps.hand_over import hand_over
from slipway.steps.settle import settle
from slipway.steps.vote import vote
from tests.fakes.memory import FakeApprovals, FakeLeases
from tests.property import test_leases
from tests.property.budget import budget
from tests.property.lease_machine import LeaseMachine
from tests.property.machine import Machine
from tests.property.planting import plant
from tests.property.vote_machine import VoteMachine

BUDGET = 400
"""Each is found long before; a test that needs all of it is about to miss its bug."""


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return partial(plant, monkeypatch)


def found_by(machine: type[Machine]) -> str:
    """What the machine says of the bug."""
    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(machine, settings=budget(BUDGET))
    return str(failure.value)


def test_a_fence_that_does_not_look_at_the_epoch(planted: Callable[..., None]) -> None:
    planted(Fence.check, ("if not lease.held_by(deployment.identity, self.epoch):", "if False:"))
    assert "a fence let through" in found_by(LeaseMachine)


def test_a_fence_that_ignores_that_the_owner_is_to_stop(planted: Callable[..., None]) -> None:
    planted(Fence.check, ("if lease.stop:", "if False:"))
    assert re.search("let through.*stop='rollback", found_by(LeaseMachine))


def test_a_change_that_begins_although_the_owner_is_to_stop(planted: Callable[..., None]) -> None:
    planted(Fence.check, ("if lease.stop:", "if False:"))
    planted(FakeLeases.begin, (" or lease.stop", ""))
    assert "stop='" in found_by(LeaseMachine)


def test_a_change_that_does_not_say_when_it_will_have_ended(planted: Callable[..., None]) -> None:
    planted(FakeLeases.begin, ("in_flight_until=until, ", ""))
    assert "lost the lease while" in found_by(LeaseMachine)


def test_a_superseded_waiter_who_is_not_told(planted: Callable[..., None]) -> None:
    planted(hand_over, ("leases.superseded(service, environment)", "()"))
    assert "wait" in found_by(LeaseMachine)


def test_an_owner_whose_execution_is_gone_and_who_keeps_its_turn(planted: Callable[..., None]) -> None:
    planted(hand_over, ("elif not workflows.is_running(deployments.get(lease.owner).execution):", "elif False:"))
    assert "An owner counts as told whose execution had ended" in found_by(LeaseMachine)


def test_a_newest_push_that_is_forgotten(planted: Callable[..., None]) -> None:
    planted(FakeLeases.acquire, ("max(lease.newest, mine)", "mine"))
    assert re.search("no newer push ever came|after a newer push had had it", found_by(LeaseMachine))


def test_a_hold_that_lets_everybody_pass(planted: Callable[..., None]) -> None:
    planted(FakeLeases.hand_on, ("(lease.hold and not queue[head].first)", "False"))
    assert "that is held" in found_by(LeaseMachine)


def test_a_lease_that_is_granted_without_a_look_at_who_has_it(planted: Callable[..., None]) -> None:
    planted(DynamoLeases._hand_on, (", condition=unchanged", ""), ('":before": lease.epoch, ', ""))
    with pytest.raises(AssertionError, match=r"\('one', 1\).*\('other', 1\)|\('other', 1\).*\('one', 1\)"):
        test_leases.test_of_two_who_come_at_once_one_gets_the_lease_whenever_they_meet()


def test_a_quorum_of_votes_instead_of_people(planted: Callable[..., None]) -> None:
    planted(vote, ("if found.person == request.person", "if False"))
    planted(FakeApprovals.vote, (" or vote.person in votes", ""), ("votes[vote.person] = vote", "votes[str(len(votes))] = vote"))
    assert "the votes are" in found_by(VoteMachine)


def test_a_quorum_that_is_one_short(planted: Callable[..., None]) -> None:
    planted(approval.conclude, (">= rule.required", ">= rule.required - 1"))
    assert "is approved by" in found_by(VoteMachine)


def test_a_pusher_who_votes_about_their_own_push(planted: Callable[..., None]) -> None:
    planted(approval.exclusion, ("if rule.self_approval", "if True"))
    assert "counts about what ada pushed" in found_by(VoteMachine)


def test_a_decision_that_later_votes_change(planted: Callable[..., None]) -> None:
    planted(vote, ("if approval.state_at(now) is not ApprovalState.PENDING:", "if False:"))
    planted(FakeApprovals.vote, ("self.approvals[approval.identity].state is not ApprovalState.PENDING or ", ""))
    planted(FakeApprovals.decide, ("is not since", "is ApprovalState.ENDED"))
    assert re.search("was superseded and is|was approved and is|was rejected and is|was expired and is", found_by(VoteMachine))


def test_a_deployment_that_is_told_what_was_counted_instead_of_what_is_stored(planted: Callable[..., None]) -> None:
    planted(settle, ('{"decision": stored.state, "reason": stored.reason}', '{"decision": ApprovalState.APPROVED, "reason": stored.reason}'))
    assert "was answered" in found_by(VoteMachine)


def test_a_deployment_that_never_queues(planted: Callable[..., None]) -> None:
    planted(acquire_lease, ("leases.acquire(", "(lambda *_, **__: None)("))
    assert "wait" in found_by(LeaseMachine)
