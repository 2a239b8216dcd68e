"""How old the oldest run, lease and question are, as alarms see it."""

from datetime import timedelta

import pytest

from slipway.domain.approval import Approval, ApprovalState
from slipway.domain.deployment import Deployment
from slipway.domain.run import Run, RunState
from slipway.steps.ages import Ages, ages
from tests.fakes.control_plane import GOOD, NOW, ControlPlane

APP, NONE = "sample-app", timedelta(0)


@pytest.fixture
def plane() -> ControlPlane:
    return ControlPlane()


def measured(plane: ControlPlane) -> Ages:
    return ages(
        configurations=plane.configurations, runs=plane.runs, leases=plane.leases, approvals=plane.approvals, timeline=plane.timeline, now=plane.clock()
    )


def open_run(plane: ControlPlane, name: str) -> Run:
    run = Run(name, APP, "refs/heads/main", GOOD)
    plane.runs.open(run, plane.clock())
    plane.timeline.add(f"RUN#{name}", "opened", "pushed", plane.clock())
    return run


def acquire(plane: ControlPlane, name: str, attempt: str = "first") -> None:
    plane.deployments.open(Deployment(name, "run", APP, "dev", GOOD, f"arn:{name}"), plane.clock())
    plane.run_step("acquire_lease", {"deployment": name, "token": f"{attempt} token of {name}"})


def test_where_nothing_is_open_nothing_is_old(plane: ControlPlane) -> None:
    assert measured(plane) == Ages(run=NONE, lease=NONE, approval=NONE)


def test_the_oldest_open_run_counts_until_it_is_closed(plane: ControlPlane) -> None:
    older = open_run(plane, "older")
    plane.later(timedelta(hours=1))
    open_run(plane, "newer")
    plane.later(timedelta(hours=1))
    assert measured(plane).run == timedelta(hours=2)
    plane.runs.close(Run(older.identity, APP, older.ref, GOOD, RunState.LIVE), NOW)
    assert measured(plane).run == timedelta(hours=1)


def test_a_lease_counts_from_when_it_was_given_and_not_from_the_push(plane: ControlPlane) -> None:
    acquire(plane, "owner")
    acquire(plane, "waiter")
    plane.later(timedelta(hours=3))
    assert measured(plane).lease == timedelta(hours=3)
    plane.run_step("release_lease", {"deployment": "owner"})
    plane.later(timedelta(minutes=1))
    assert measured(plane).lease == timedelta(minutes=1)


def test_a_lease_that_was_given_back_and_got_again_is_as_old_as_the_second_time(plane: ControlPlane) -> None:
    acquire(plane, "owner")
    plane.run_step("release_lease", {"deployment": "owner"})
    plane.later(timedelta(hours=1))
    acquire(plane, "owner", "second")
    plane.later(timedelta(minutes=1))
    assert measured(plane).lease == timedelta(minutes=1)


def test_the_oldest_question_counts_until_it_is_decided_or_expires(plane: ControlPlane) -> None:
    for environment, hours in (("stage", 4), ("prod", 24)):
        asked = plane.clock()
        question = Approval(f"to-{environment}", APP, environment, GOOD, "v1.0.0", "ada", asked, asked + timedelta(hours=hours))
        plane.approvals.open(question, "a token")
        plane.later(timedelta(hours=1))
    assert measured(plane).approval == timedelta(hours=2)
    plane.later(timedelta(hours=2))
    assert measured(plane).approval == timedelta(hours=3), "the question for stage has expired, the one for prod hasn't"
    assert plane.approvals.decide("to-prod", ApprovalState.APPROVED, "by ada")
    assert measured(plane).approval == NONE
