"""The fenced lease and its queue: one owner at a time, nobody forgotten, the newest push before older ones, rollbacks before pushes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.domain.environment import EnvironmentState
from slipway.domain.lease import Lease, Superseded, age
from slipway.errors import LeaseLost
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import NOW

APP = "sample-app"
ENDS = NOW + timedelta(minutes=5)


def take(memory: Memory, deployment: str, *, first: bool = False) -> Lease:
    """The free lease of dev, whose owner knows of it."""
    granted = memory.leases.acquire(APP, "dev", deployment, f"token of {deployment}", NOW, asked_at=NOW, first=first)
    assert granted is not None and granted[0].owner == deployment
    memory.leases.answered(APP, "dev", granted[0].epoch)
    return granted[0]


def test_a_free_lease_is_granted_with_a_new_epoch_each_time(memory: Memory) -> None:
    granted = memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    assert granted is not None and (granted[0].owner, granted[0].epoch, granted[1]) == ("first", 1, "token-1")
    assert memory.leases.release(APP, "dev", "first") is None
    granted = memory.leases.acquire(APP, "dev", "second", "token-2", NOW, asked_at=NOW)
    assert granted is not None and granted[0].epoch == 2


def test_who_asks_again_gets_the_same_lease_with_the_newer_token(memory: Memory) -> None:
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    again = memory.leases.acquire(APP, "dev", "first", "token-2", NOW, asked_at=NOW)
    assert again is not None and (again[0].epoch, again[1]) == (1, "token-2")


def test_waiters_get_the_lease_in_the_order_in_which_they_came(memory: Memory) -> None:
    take(memory, "first")
    for index, name in enumerate(("second", "third"), start=2):
        assert memory.leases.acquire(APP, "dev", name, f"token-{index}", NOW + timedelta(seconds=index), asked_at=NOW, first=True) is None
    handed = memory.leases.release(APP, "dev", "first")
    assert handed is not None and (handed[0].owner, handed[1]) == ("second", "token-2")
    handed = memory.leases.release(APP, "dev", "second")
    assert handed is not None and (handed[0].owner, handed[0].epoch) == ("third", 3)


def test_giving_up_a_place_in_the_queue_leaves_the_owner_alone(memory: Memory) -> None:
    take(memory, "first")
    memory.leases.acquire(APP, "dev", "second", "token-2", NOW, asked_at=NOW)
    assert memory.leases.release(APP, "dev", "second") is None
    assert memory.leases.read(APP, "dev").owner == "first"
    assert memory.leases.release(APP, "dev", "first") is None


def test_an_owner_who_was_not_answered_is_given_again_to_whoever_looks(memory: Memory) -> None:
    take(memory, "first")
    memory.leases.acquire(APP, "dev", "second", "token-2", NOW, asked_at=NOW)
    handed = memory.leases.release(APP, "dev", "first")
    assert memory.leases.release(APP, "dev", "first") == handed, "the one who was to answer was killed"
    assert handed is not None
    with_third = (replace(handed[0], newest=age(NOW, "third")), handed[1])
    assert memory.leases.acquire(APP, "dev", "third", "token-3", NOW, asked_at=NOW) == with_third
    assert memory.leases.resume(APP, "dev", "") == with_third
    memory.leases.answered(APP, "dev", 1)
    assert memory.leases.resume(APP, "dev", "") == with_third, "that was an earlier owner"
    memory.leases.answered(APP, "dev", 2)
    assert memory.leases.resume(APP, "dev", "") is None


def test_a_waiter_who_asks_again_keeps_the_place_and_waits_with_the_newer_token(memory: Memory) -> None:
    take(memory, "first")
    for deployment, token in (("second", "old"), ("third", "other"), ("second", "new")):
        memory.leases.acquire(APP, "dev", deployment, token, NOW, asked_at=NOW, first=True)
    handed = memory.leases.release(APP, "dev", "first")
    assert handed is not None and (handed[0].owner, handed[1]) == ("second", "new")


def test_leases_of_different_environments_are_independent(memory: Memory) -> None:
    memory.leases.acquire(APP, "dev", "first", "token-1", NOW, asked_at=NOW)
    assert memory.leases.acquire(APP, "stage", "second", "token-2", NOW, asked_at=NOW) is not None


def held(memory: Memory, reason: str) -> None:
    """dev, after a rollback."""
    memory.environments.record(APP, "dev", EnvironmentState(), "rollback", take(memory, "rollback", first=True).epoch, hold=reason)
    memory.leases.release(APP, "dev", "rollback")


def test_a_hold_lets_only_those_pass_who_go_first(memory: Memory) -> None:
    held(memory, "a reason")
    assert memory.leases.acquire(APP, "dev", "push", "token-1", NOW, asked_at=NOW) is None
    assert memory.leases.read(APP, "dev").hold == "a reason"
    take(memory, "another rollback", first=True)
    assert memory.leases.release(APP, "dev", "another rollback") is None
    resumed = memory.leases.resume(APP, "dev", "a reason")
    assert resumed is not None and (resumed[0].owner, resumed[0].hold, resumed[1]) == ("push", "", "token-1")


def test_only_the_hold_that_was_seen_is_ended(memory: Memory) -> None:
    held(memory, "a reason")
    memory.leases.acquire(APP, "dev", "push", "token-1", NOW, asked_at=NOW)
    assert memory.leases.resume(APP, "dev", "an earlier reason") is None
    assert memory.leases.read(APP, "dev").hold == "a reason"


def test_ending_a_hold_that_is_not_there_changes_nothing(memory: Memory) -> None:
    assert memory.leases.resume(APP, "dev", "") is None
    take(memory, "first")
    assert memory.leases.resume(APP, "dev", "") is None
    assert memory.leases.read(APP, "dev").owner == "first"


def test_who_goes_first_stands_before_those_who_came_earlier(memory: Memory) -> None:
    take(memory, "owner")
    memory.leases.acquire(APP, "dev", "push", "token-1", NOW, asked_at=NOW)
    memory.leases.acquire(APP, "dev", "rollback", "token-2", NOW + timedelta(seconds=1), asked_at=NOW, first=True)
    assert memory.leases.waiting(APP, "dev") == ["rollback", "push"]
    handed = memory.leases.release(APP, "dev", "owner")
    assert handed is not None and handed[0].owner == "rollback"


def push(memory: Memory, deployment: str, seconds: float) -> tuple[Lease, str] | None:
    """Comes into the queue of dev, for a push of so many seconds after NOW."""
    return memory.leases.acquire(APP, "dev", deployment, f"token of {deployment}", NOW, asked_at=NOW + timedelta(seconds=seconds))


def superseded(memory: Memory) -> Sequence[tuple[str, str]]:
    return sorted((waiter.deployment, waiter.by) for waiter in memory.leases.superseded(APP, "dev"))


def test_a_newer_push_takes_the_place_of_older_ones_that_wait(memory: Memory) -> None:
    take(memory, "owner")
    for number in range(1, 4):
        push(memory, f"push-{number}", number)
    assert memory.leases.waiting(APP, "dev") == ["push-3"]
    assert superseded(memory) == [("push-1", "push-3"), ("push-2", "push-3")]
    first = memory.leases.superseded(APP, "dev")[0]
    assert first == Superseded("push-1", "push-3", "token of push-1", first.place)
    handed = memory.leases.release(APP, "dev", "owner")
    assert handed is not None and handed[0].owner == "push-3"
    for _ in range(2):
        memory.leases.dismiss(APP, "dev", first)
        assert superseded(memory) == [("push-2", "push-3")], "who was told leaves the queue"


def test_who_comes_again_while_it_is_told_stays_until_its_new_token_is_answered(memory: Memory) -> None:
    take(memory, "owner")
    for number in (1, 2):
        push(memory, f"push-{number}", number)
    (told,) = memory.leases.superseded(APP, "dev")
    memory.leases.acquire(APP, "dev", "push-1", "token of the retry", NOW, asked_at=NOW + timedelta(seconds=1))
    memory.leases.dismiss(APP, "dev", told)
    assert [waiter.token for waiter in memory.leases.superseded(APP, "dev")] == ["token of the retry"]


def test_an_older_push_that_comes_late_is_superseded_at_once(memory: Memory) -> None:
    assert push(memory, "newer", 5) is not None
    memory.leases.answered(APP, "dev", 1)
    assert push(memory, "older", 1) is None
    assert superseded(memory) == [("older", "newer")]
    memory.leases.release(APP, "dev", "newer")
    assert memory.leases.read(APP, "dev").owner == "", "it is never handed the lease"
    push(memory, "older", 1)
    assert superseded(memory) == [("older", "newer")], "a retry changes nothing"


def test_two_pushes_of_the_same_moment_are_told_apart(memory: Memory) -> None:
    take(memory, "owner", first=True)
    for deployment in ("b", "a", "b"):
        push(memory, deployment, 1)
    assert (memory.leases.waiting(APP, "dev"), superseded(memory)) == (["b"], [("a", "b")])


def test_pushes_supersede_no_rollback_and_rollbacks_no_push(memory: Memory) -> None:
    take(memory, "owner")
    push(memory, "push", 1)
    memory.leases.acquire(APP, "dev", "rollback", "token", NOW, asked_at=NOW, first=True)
    push(memory, "newer", 2)
    assert memory.leases.waiting(APP, "dev") == ["rollback", "newer"]
    assert superseded(memory) == [("push", "newer")]


def test_of_many_pushes_at_once_the_newest_waits_and_every_other_is_told(memory: Memory) -> None:
    take(memory, "owner", first=True)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: push(memory, f"push-{number:02d}", number), (7, 3, 9, 1, 8, 2, 6, 0, 5, 4)))
    assert memory.leases.waiting(APP, "dev") == ["push-09"]
    assert [deployment for deployment, _ in superseded(memory)] == [f"push-{number:02d}" for number in range(9)]


def test_a_call_that_begins_is_in_flight_until_it_says_that_it_has_landed(memory: Memory) -> None:
    epoch = take(memory, "owner").epoch
    memory.leases.begin(APP, "dev", "owner", epoch, ENDS)
    lease = memory.leases.read(APP, "dev")
    assert (lease.in_flight_until, lease.changing) == (ENDS, "owner")
    assert lease.is_in_flight(NOW) and not lease.is_in_flight(ENDS)
    memory.leases.landed(APP, "dev", epoch + 1)
    assert memory.leases.read(APP, "dev").in_flight_until == ENDS, "that was another epoch's"
    memory.leases.landed(APP, "dev", epoch)
    lease = memory.leases.read(APP, "dev")
    assert (lease.in_flight_until, lease.changing) == (None, "owner")


def test_only_the_owner_of_the_epoch_may_begin(memory: Memory) -> None:
    epoch = take(memory, "owner").epoch
    for deployment, shown in (("owner", epoch - 1), ("owner", epoch + 1), ("other", epoch)):
        with pytest.raises(LeaseLost):
            memory.leases.begin(APP, "dev", deployment, shown, ENDS)
    assert memory.leases.read(APP, "dev").in_flight_until is None


def test_an_owner_who_is_asked_to_stop_may_not_begin_and_the_next_one_may(memory: Memory) -> None:
    epoch = take(memory, "owner").epoch
    memory.leases.ask_to_stop(APP, "dev", epoch + 1, "too late")
    assert memory.leases.read(APP, "dev").stop == ""
    memory.leases.ask_to_stop(APP, "dev", epoch, "a rollback goes first")
    memory.leases.ask_to_stop(APP, "dev", epoch, "another reason")
    assert memory.leases.read(APP, "dev").stop == "a rollback goes first"
    with pytest.raises(LeaseLost):
        memory.leases.begin(APP, "dev", "owner", epoch, ENDS)
    memory.leases.release(APP, "dev", "owner")
    after = take(memory, "next", first=True)
    assert (after.stop, after.in_flight_until) == ("", None)
    memory.leases.begin(APP, "dev", "next", after.epoch, ENDS)


def test_a_lease_that_nobody_handed_on_goes_to_whoever_waits(memory: Memory) -> None:
    assert memory.leases.hand_on(APP, "dev") is None
    take(memory, "owner")
    push(memory, "push", 1)
    assert memory.leases.hand_on(APP, "dev") is None, "the owner has it"
    handed = memory.leases.release(APP, "dev", "owner")
    assert handed is not None and memory.leases.hand_on(APP, "dev") == handed


def test_a_stop_that_comes_too_late_is_nobodys(memory: Memory) -> None:
    """Who asks has read the owner; before it writes, the owner gives the lease back, and the epoch is the same until the next one has it."""
    epoch = take(memory, "owner").epoch
    memory.leases.release(APP, "dev", "owner")
    memory.leases.ask_to_stop(APP, "dev", epoch, "a rollback goes first")
    assert take(memory, "rollback", first=True).stop == ""
    assert memory.leases.read(APP, "dev").stop == ""


def test_what_the_last_owner_left_beside_the_lease_is_not_the_next_ones(memory: Memory) -> None:
    epoch = take(memory, "owner").epoch
    memory.leases.ask_to_stop(APP, "dev", epoch, "a rollback goes first")
    push(memory, "push", 1)
    memory.leases.release(APP, "dev", "owner")
    lease = memory.leases.read(APP, "dev")
    assert (lease.owner, lease.stop, lease.in_flight_until) == ("push", "", None)


def test_an_owner_who_has_begun_knows_that_it_has_the_lease(memory: Memory) -> None:
    granted = memory.leases.acquire(APP, "dev", "owner", "token", NOW, asked_at=NOW)
    assert memory.leases.hand_on(APP, "dev") == granted, "nobody has told it"
    memory.leases.begin(APP, "dev", "owner", 1, ENDS)
    assert memory.leases.hand_on(APP, "dev") is None


def test_only_who_has_the_lease_puts_the_environment_on_hold(memory: Memory) -> None:
    take(memory, "rollback", first=True)
    memory.leases.put_on_hold(APP, "dev", "another", "a reason")
    assert memory.leases.read(APP, "dev").hold == ""
    memory.leases.put_on_hold(APP, "dev", "rollback", "a reason")
    memory.leases.release(APP, "dev", "rollback")
    assert push(memory, "push", 1) is None
    assert memory.leases.read(APP, "dev").hold == "a reason"
