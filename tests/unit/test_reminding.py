"""Whoever hasn't voted hears of it once more, in time, and only while there is something to decide."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from slipway.domain.approval import ApprovalState, Choice, Vote
from slipway.domain.deployment import Deployment
from slipway.domain.plan import PlanDocument
from slipway.steps.remind import remind
from tests.fakes.control_plane import GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows

ASKED = "to-prod"


@pytest.fixture
def plane() -> ControlPlane:
    """Ada and grace are asked about v1.0.0 and have 24 hours; both have to agree."""
    plane = ControlPlane()
    plane.configurations.change_approval("prod", required=2)
    plane.deployments.open(Deployment(ASKED, "run", "sample-app", "prod", GOOD, f"arn:{ASKED}", version="v1.0.0", pusher="linus"), NOW)
    plane.plans.save(ASKED, PlanDocument("", "", "v1.0.0", GOOD, "sha256:1", "nothing changes", ""))
    plane.run_step("await_approval", {"deployment": ASKED, "token": "token-1"})
    return plane


def look(plane: ControlPlane, after: timedelta) -> tuple[str, ...]:
    names = ("configurations", "deployments", "approvals", "plans", "mails", "workflows", "timeline")
    ports: dict[str, Any] = {name: getattr(plane, name) for name in names}
    return remind("sample-app", "prod", **ports, now=NOW + after)


def test_those_who_have_not_voted_are_reminded_once_when_a_quarter_of_the_time_is_left(plane: ControlPlane) -> None:
    plane.approvals.vote(plane.approvals.approvals[ASKED], Vote("ada", Choice.APPROVE, "", NOW))
    assert look(plane, timedelta(hours=17, minutes=59)) == ()
    assert look(plane, timedelta(hours=18)) == ("reminded grace of to-prod",)
    assert look(plane, timedelta(hours=19)) == ()
    assert plane.mails.reminded == [("grace", ASKED)]
    assert plane.timeline.kinds(f"DEPLOYMENT#{ASKED}").count("reminded") == 1


@pytest.mark.parametrize(("whole", "after", "reminded"), [(16, 10, False), (16, 11, True), (10, 4, False), (10, 5, True), (9, 8, False), (16, 16, False)])
def test_five_minutes_are_left_at_least_and_short_questions_need_no_reminder(plane: ControlPlane, whole: int, after: int, reminded: bool) -> None:
    asked = plane.approvals.approvals[ASKED]
    plane.approvals.approvals[ASKED] = replace(asked, expires_at=NOW + timedelta(minutes=whole))
    assert bool(look(plane, timedelta(minutes=after))) is reminded


def test_nobody_is_reminded_of_what_is_decided_superseded_or_aborted(plane: ControlPlane) -> None:
    assert isinstance(plane.workflows, FakeWorkflows)
    plane.workflows.ended.add(f"arn:{ASKED}")
    assert look(plane, timedelta(hours=20)) == ()
    plane.workflows.ended.clear()
    plane.approvals.decide(ASKED, ApprovalState.REJECTED, "no")
    assert look(plane, timedelta(hours=20)) == () and plane.mails.reminded == []


def test_an_address_that_does_not_work_keeps_nobody_else_from_being_reminded(plane: ControlPlane) -> None:
    plane.mails.refused = {"ada"}
    assert look(plane, timedelta(hours=20)) == ("reminded grace of to-prod",)
    assert look(plane, timedelta(hours=21)) == ()
    assert plane.timeline.kinds(f"DEPLOYMENT#{ASKED}").count("mail-refused") == 1


def test_who_may_not_decide_is_not_reminded(plane: ControlPlane) -> None:
    asked = plane.approvals.approvals[ASKED]
    plane.approvals.approvals[ASKED] = replace(asked, contributors=("ada",))
    assert look(plane, timedelta(hours=20)) == ("reminded grace of to-prod",)
