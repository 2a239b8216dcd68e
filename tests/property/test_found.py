"""What the machines have found, each as the shortest way to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from slipway.domain.approval import ApprovalState
from slipway.domain.deployment import Kind, Outcome
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW
from tests.property.dynamodb import dynamodb, empty_table
from tests.property.scheduling import Call
from tests.property.world import APP, World


def until(call: Call, happened: Callable[[], bool]) -> None:
    """The call goes on until that has happened, and no further."""
    while not happened():
        assert not call.has_ended
        call.go(1)


def test_an_older_push_that_is_killed_on_its_way_into_the_queue_does_not_follow_the_newer_one() -> None:
    """It queued, and nobody had noticed yet that it came too late; so it got the lease when the newer one gave it back."""
    with dynamodb():
        memory = empty_table()
        leases = memory(None)["leases"]
        leases.acquire(APP, "dev", "newer", "token-2", NOW, asked_at=NOW)
        early = NOW - timedelta(seconds=1)
        older = Call("older", lambda call: memory(call)["leases"].acquire(APP, "dev", "older", "token-1", NOW, asked_at=early))
        until(older, lambda: "older" in [*leases.waiting(APP, "dev"), *(waiter.deployment for waiter in leases.superseded(APP, "dev"))])
        older.kill()

        assert leases.release(APP, "dev", "newer") is None
        assert leases.read(APP, "dev").owner == ""


def test_a_newer_push_that_is_handed_the_lease_on_its_way_into_the_queue_is_remembered_as_the_newest() -> None:
    with dynamodb():
        memory = empty_table()
        leases = memory(None)["leases"]
        newer = Call("newer", lambda call: memory(call)["leases"].acquire(APP, "dev", "newer", "token-2", NOW, asked_at=NOW))
        until(newer, lambda: "newer" in leases.waiting(APP, "dev"))
        newer.kill()
        assert leases.hand_on(APP, "dev")[0].owner == "newer"
        leases.release(APP, "dev", "newer")

        assert leases.acquire(APP, "dev", "older", "token-1", NOW, asked_at=NOW - timedelta(seconds=1)) is None
        assert leases.read(APP, "dev").owner == ""


@pytest.mark.parametrize("requests", range(1, 12))
def test_a_waiter_is_told_of_the_newer_push_wherever_that_is_killed_on_its_way_into_the_queue(requests: int) -> None:
    with dynamodb():
        memory = empty_table()
        leases = memory(None)["leases"]
        leases.acquire(APP, "dev", "owner", "token-0", NOW, asked_at=NOW, first=True)
        leases.acquire(APP, "dev", "older", "token-1", NOW, asked_at=NOW)
        late = NOW + timedelta(seconds=1)
        newer = Call("newer", lambda call: memory(call)["leases"].acquire(APP, "dev", "newer", "token-2", NOW, asked_at=late))
        newer.go(requests)
        newer.kill()

        granted = leases.release(APP, "dev", "owner")
        told = [waiter.deployment for waiter in leases.superseded(APP, "dev")]
        assert told == ["older"] or granted[0].owner == "older"
        assert "older" not in leases.waiting(APP, "dev")


@pytest.fixture
def dev() -> Iterator[World]:
    world = World("dev")
    with world.watched():
        world.make_live()
        yield world


def left_half_done(world: World) -> None:
    """push-1 has put its release in when its execution is aborted and its function killed; nobody has noticed yet."""
    execution = world.deploy("push-1", Kind.RELEASE, BETTER, NOW)
    while execution.state != "WatchRollout":
        world.go(world.at_work[0])
    execution.abort()
    world.kill(world.at_work[0], again=False)


@pytest.mark.parametrize("kind", [Kind.REPAIR, Kind.RELEASE])
def test_a_deployment_that_fails_before_it_has_changed_anything_does_not_say_that_what_another_left_half_done_is_in_order(dev: World, kind: Kind) -> None:
    """It recorded that the last good release was back, and nothing was left that would have said otherwise."""
    left_half_done(dev)
    dev.outside["leases"].release(APP, "dev", "push-1")
    execution = dev.deploy("next", kind, BAD, NOW + timedelta(seconds=1))
    while execution.state not in ("ConfirmPlan", "Apply"):
        dev.go(dev.at_work[0])
    dev.kill(dev.at_work[0], again=False)
    dev.finish()
    dev.sweep()
    dev.finish()

    assert dev.namespace.running == GOOD
    assert (dev.lease.owner, dev.lease.changing) == ("", "")


@pytest.fixture
def prod() -> Iterator[World]:
    world = World("prod")
    with world.watched():
        world.make_live()
        world.plane.configurations.change_target("prod", ran_in="")
        world.plane.configurations.change_approval("prod", required=2)
        yield world


def asked(world: World, name: str, commit: str, seconds: int, pusher: str = "nobody") -> None:
    """A push about which people are asked."""
    world.deploy(name, Kind.RELEASE, commit, NOW + timedelta(seconds=seconds), pusher)
    world.finish()


def state_of(world: World, question: str) -> ApprovalState:
    found = world.outside["approvals"].get(question)
    assert found is not None
    return ApprovalState(found.state)


def outcome_of(world: World) -> str:
    found = world.deployment("push-1")
    assert found is not None
    return found.outcome


def vote(world: World, person: str) -> Call:
    return world.start("vote", {"approval": "push-1", "person": person, "choice": "approve"})


def test_a_decision_whose_messenger_was_killed_is_told_by_the_sweep(prod: World) -> None:
    """Nobody looked at a question that was decided; the deployment waited a day, and was recorded as expired."""
    asked(prod, "push-1", BETTER, 1)
    prod.go(vote(prod, "ada"))
    last = vote(prod, "grace")
    until(last, lambda: state_of(prod, "push-1") is ApprovalState.APPROVED)
    prod.kill(last, again=False)

    prod.sweep()
    prod.finish()

    assert outcome_of(prod) == Outcome.LIVE


def test_a_question_that_was_superseded_by_somebody_who_was_killed_is_told_by_the_sweep(prod: World) -> None:
    asked(prod, "push-1", BETTER, 1)
    newer = prod.deploy("push-2", Kind.RELEASE, BAD, NOW + timedelta(seconds=2))
    prod.go(prod.at_work[0])
    until(prod.at_work[0], lambda: state_of(prod, "push-1") is ApprovalState.SUPERSEDED)
    prod.kill(prod.at_work[0], again=False)
    newer.abort()

    prod.sweep()
    prod.finish()

    assert outcome_of(prod) == Outcome.SUPERSEDED


def test_the_vote_of_a_pusher_does_not_count_any_more_once_only_others_may_decide(prod: World) -> None:
    prod.plane.configurations.change_approval("prod", self_approval=True)
    asked(prod, "push-1", BETTER, 1, pusher="ada")
    prod.go(vote(prod, "ada"))
    prod.plane.configurations.change_approval("prod", self_approval=False)
    prod.go(vote(prod, "grace"))

    assert state_of(prod, "push-1") is ApprovalState.PENDING
