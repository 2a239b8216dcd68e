"""However pushes, rollbacks, aborts, sweeps and deaths of functions meet: one owner at a time, nobody forgotten, the newest push first."""

from itertools import product

from hypothesis.stateful import run_state_machine_as_test

from tests.fakes.control_plane import NOW
from tests.property.budget import budget
from tests.property.dynamodb import dynamodb, empty_table
from tests.property.lease_machine import LeaseMachine
from tests.property.scheduling import Call
from tests.property.world import APP, Memory, World


class DynamoLeaseMachine(LeaseMachine):
    """Others come between any two requests to the table."""

    def make_world(self) -> World:
        return World("dev", memory=empty_table())


def test_one_owner_at_a_time_and_nobody_is_forgotten() -> None:
    run_state_machine_as_test(LeaseMachine, settings=budget(30))


def test_so_it_is_in_dynamodb() -> None:
    with dynamodb():
        run_state_machine_as_test(DynamoLeaseMachine, settings=budget(10))


def owners_of_two_who_come_at_once(memory: Memory, first_turns: int, second_turns: int) -> set[tuple[str, int]]:
    """Who was told of having the free lease, and at which epoch, when one makes so many requests, then the other, and then each all the rest."""

    def coming(name: str) -> Call:
        return Call(name, lambda call: memory(call)["leases"].acquire(APP, "dev", name, f"token of {name}", NOW, asked_at=NOW, first=True))

    calls = [coming("one"), coming("other")]
    for call, turns in zip(calls, (first_turns, second_turns), strict=True):
        call.go(turns)
    for call in calls:
        if not call.has_ended:
            call.go()
    assert not any(call.error for call in calls)
    return {(call.result[0].owner, call.result[0].epoch) for call in calls if call.result is not None}


def test_of_two_who_come_at_once_one_gets_the_lease_whenever_they_meet() -> None:
    with dynamodb():
        for turns in product(range(1, 9), repeat=2):
            owners = owners_of_two_who_come_at_once(empty_table(), *turns)
            assert len(owners) == 1, (turns, owners)
