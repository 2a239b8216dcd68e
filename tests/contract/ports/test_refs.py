"""What is remembered of branches and tags: by the webhook with each delivery, by the sweep for what came without one."""

import pytest

from slipway.ports import KnownRef, PushedRef, Receipt
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW

REPOSITORY, MAIN, TAG = "acme/sample-app", "refs/heads/main", "refs/tags/v1.0.0"
OTHER = "e" * 40


def pushed(before: str, after: str, at: int, ref: str = MAIN, repository: str = REPOSITORY) -> PushedRef:
    return PushedRef(repository, ref, before, after, at)


def receive(memory: Memory, delivery: str, push: PushedRef) -> Receipt:
    return memory.deliveries.receive(delivery, "run-1", push, NOW)


def test_a_delivery_is_done_only_after_its_run_was_started(memory: Memory) -> None:
    assert [receive(memory, "guid", pushed(OTHER, GOOD, 100)) for _ in range(2)] == [Receipt.GO_ON, Receipt.GO_ON]
    assert not memory.deliveries.is_started("guid")
    memory.deliveries.started("guid")
    assert receive(memory, "guid", pushed(OTHER, GOOD, 100)) is Receipt.STARTED
    assert memory.deliveries.is_started("guid") and not memory.deliveries.is_started("another")


@pytest.mark.parametrize(
    ("push", "receipt"),
    [
        (pushed(GOOD, BETTER, 101), Receipt.GO_ON),
        (pushed(OTHER, GOOD, 101), Receipt.GO_ON),
        (pushed(GOOD, BETTER, 100), Receipt.GO_ON),
        (pushed(OTHER, BETTER, 100), Receipt.OVERTAKEN),
        (pushed(GOOD, BETTER, 99), Receipt.OVERTAKEN),
        (pushed(OTHER, GOOD, 100), Receipt.OVERTAKEN),
        (pushed(OTHER, BETTER, 99, ref=TAG), Receipt.GO_ON),
        (pushed(OTHER, BETTER, 99, repository="acme/other"), Receipt.GO_ON),
        (pushed(OTHER, BETTER, 99, repository="Acme/Sample-App"), Receipt.OVERTAKEN),
    ],
)
def test_of_two_pushes_of_a_ref_the_newer_one_counts(memory: Memory, push: PushedRef, receipt: Receipt) -> None:
    receive(memory, "first", pushed(OTHER, GOOD, 100))
    assert receive(memory, "second", push) is receipt


def test_a_delivery_that_was_stored_is_given_up_once_a_newer_push_is_known(memory: Memory) -> None:
    receive(memory, "first", pushed(OTHER, GOOD, 100))
    receive(memory, "second", pushed(GOOD, BETTER, 101))
    assert receive(memory, "first", pushed(OTHER, GOOD, 100)) is Receipt.OVERTAKEN


def test_nothing_is_known_of_a_repository_before_its_baseline(memory: Memory) -> None:
    receive(memory, "first", pushed(OTHER, GOOD, 100))
    assert memory.refs.known(REPOSITORY) is None
    memory.refs.baseline(REPOSITORY, {}, 200)
    assert memory.refs.known(REPOSITORY) == {MAIN: KnownRef(GOOD, 100)}


def test_a_baseline_takes_nothing_back_that_a_webhook_has_told(memory: Memory) -> None:
    receive(memory, "first", pushed(OTHER, GOOD, 100))
    others = {f"refs/heads/{number}": BAD for number in range(250)}
    memory.refs.baseline(REPOSITORY, {**others, MAIN: OTHER, TAG: BETTER}, 200)
    known = memory.refs.known(REPOSITORY)
    assert known == {MAIN: KnownRef(GOOD, 100), TAG: KnownRef(BETTER, 200), **{ref: KnownRef(BAD, 200) for ref in others}}


def test_what_is_seen_is_written_only_over_what_was_known_before(memory: Memory) -> None:
    memory.refs.baseline(REPOSITORY, {MAIN: GOOD}, 100)
    seen = KnownRef(BETTER, 200, unstarted=True)
    assert not memory.refs.see(REPOSITORY, MAIN, seen, None)
    assert not memory.refs.see(REPOSITORY, MAIN, seen, KnownRef(GOOD, 99))
    assert memory.refs.see(REPOSITORY, MAIN, seen, KnownRef(GOOD, 100))
    assert memory.refs.see(REPOSITORY, TAG, seen, None)
    assert memory.refs.known(REPOSITORY) == {MAIN: seen, TAG: seen}


def test_a_start_is_noted_unless_something_newer_is_known(memory: Memory) -> None:
    memory.refs.baseline(REPOSITORY, {}, 100)
    seen = KnownRef(BETTER, 200, unstarted=True)
    memory.refs.see(REPOSITORY, MAIN, seen, None)
    memory.refs.started(REPOSITORY, MAIN, KnownRef(GOOD, 200))
    assert memory.refs.known(REPOSITORY) == {MAIN: seen}
    memory.refs.started(REPOSITORY, MAIN, seen)
    assert memory.refs.known(REPOSITORY) == {MAIN: KnownRef(BETTER, 200)}


def test_the_event_of_what_was_seen_already_is_overtaken_and_a_later_one_goes_on(memory: Memory) -> None:
    memory.refs.baseline(REPOSITORY, {}, 100)
    memory.refs.see(REPOSITORY, MAIN, KnownRef(GOOD, 200, unstarted=True), None)
    assert receive(memory, "late", pushed(OTHER, GOOD, 195)) is Receipt.OVERTAKEN
    assert receive(memory, "next", pushed(GOOD, BETTER, 201)) is Receipt.GO_ON
    assert memory.refs.known(REPOSITORY) == {MAIN: KnownRef(BETTER, 201)}


def test_a_deleted_ref_is_forgotten_unless_it_is_there_anew(memory: Memory) -> None:
    memory.refs.baseline(REPOSITORY, {MAIN: GOOD, TAG: GOOD}, 100)
    memory.refs.forget(REPOSITORY, MAIN, KnownRef(GOOD, 100))
    memory.refs.forget(REPOSITORY, TAG, KnownRef(BETTER, 100))
    assert memory.refs.known(REPOSITORY) == {TAG: KnownRef(GOOD, 100)}
