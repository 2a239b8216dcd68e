"""What the sweep finds when nobody has told: builds, waiters, questions. What becomes of aborted executions: tests/workflow/test_aborts.py."""

from datetime import timedelta

import pytest

from slipway.domain.approval import Approval, ApprovalState, Choice, Vote
from slipway.domain.deployment import Deployment, Outcome
from slipway.domain.release import ReleaseState
from slipway.errors import TemporarilyUnavailable
from slipway.ports import BuildResult
from slipway.steps.sweep import STARTING
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows

APP, DEV = "sample-app", ("sample-app", "dev")
QUESTION = Approval("to-prod", APP, "prod", GOOD, "v1.0.0", "ada", NOW, NOW + timedelta(hours=1))


def arn(name: str) -> str:
    return f"arn:aws:states:us-east-1:123456789012:execution:slipway-deploy:{name}"


@pytest.fixture
def workflows() -> FakeWorkflows:
    return FakeWorkflows()


@pytest.fixture
def plane(workflows: FakeWorkflows) -> ControlPlane:
    return ControlPlane(workflows=workflows)


def build(plane: ControlPlane, run: str = "run-1") -> None:
    plane.run_step("build", {"run": run, "service": APP, "commit": BETTER, "token": f"token of {run}"})


def queue(plane: ControlPlane, name: str, seconds: int = 0) -> None:
    plane.deployments.open(Deployment(name, "run", APP, "dev", GOOD, arn(name), asked_at=NOW + timedelta(seconds=seconds)), NOW)
    plane.run_step("acquire_lease", {"deployment": name, "token": f"token of {name}"})


def test_a_build_whose_end_nobody_announced_wakes_who_waits(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    build(plane)
    assert plane.run_step("sweep", {}) == {"done": [], "failed": []}, "it still runs"
    plane.builds.results[f"slipway-build:{BETTER}-1"] = BuildResult(APP, BETTER, bundle_digest="sha256:bundle")

    assert plane.run_step("sweep", {})["done"] == [f"the build of {BETTER} is built"]

    assert workflows.answers["token of run-1"] == {"release": "built", "reason": ""}
    assert plane.run_step("sweep", {}) == {"done": [], "failed": []}


def test_a_waiter_whom_the_end_of_the_build_forgot_is_woken(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    build(plane)
    plane.builds.results[f"slipway-build:{BETTER}-1"] = BuildResult(APP, BETTER, bundle_digest="sha256:bundle")
    workflows.unreachable = True
    with pytest.raises(TemporarilyUnavailable):
        plane.run_step("build_finished", {"build": f"slipway-build:{BETTER}-1"})
    assert "doesn't answer" in plane.run_step("sweep", {})["failed"][0]

    workflows.unreachable = False
    plane.run_step("sweep", {})

    assert workflows.answers["token of run-1"] == {"release": "built", "reason": ""}


def test_a_claim_that_never_became_a_build_is_forgotten_after_a_while(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    plane.releases.await_build(APP, BETTER, "run-1", "token of run-1")
    plane.releases.claim(APP, BETTER, "run-1", NOW)
    assert plane.run_step("sweep", {})["done"] == []
    plane.later(STARTING)

    assert plane.run_step("sweep", {})["done"] == [f"forgot the claim on {BETTER}"]

    assert workflows.failures == {"token of run-1": "TemporarilyUnavailable"}
    build(plane, "run-2")
    assert plane.releases.get(APP, BETTER).state is ReleaseState.BUILDING and len(plane.builds.started) == 1


def test_an_owner_whom_nobody_told_is_told(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    queue(plane, "owner")
    queue(plane, "waiter", 1)
    plane.leases.release(*DEV, "owner")  # and whoever did that was killed

    assert plane.run_step("sweep", {})["done"] == ["waiter has the lease"]

    assert workflows.answers["token of waiter"] == {"epoch": 2}


def test_a_superseded_waiter_whom_nobody_told_is_told(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    queue(plane, "owner")
    queue(plane, "older", 1)
    plane.leases.acquire(*DEV, "newer", "token of newer", NOW, asked_at=NOW + timedelta(seconds=2))  # and AcquireLease was killed

    plane.run_step("sweep", {})

    assert workflows.answers["token of older"]["outcome"] == "superseded"
    assert plane.leases.superseded(*DEV) == []


def test_what_a_sweep_has_no_time_for_is_left_to_the_next(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    queue(plane, "owner")
    queue(plane, "waiter", 1)
    workflows.ended.add(arn("waiter"))
    plane.seconds_per_look = 300

    swept = plane.run_step("sweep", {})
    assert swept["done"] == [] and swept["failed"] == ["owner, and what follows: no time was left"]

    plane.seconds_per_look = 0
    assert plane.run_step("sweep", {})["done"] == ["closed waiter"]


def test_an_end_that_nobody_was_told_about_is_told_and_a_queue_that_does_not_answer_keeps_nothing_from_being_looked_at(plane: ControlPlane) -> None:
    plane.deployments.open(Deployment("ended", "run", APP, "dev", GOOD, arn("ended")), NOW)
    plane.deployments.close("ended", Outcome.LIVE, "", NOW)
    plane.notices.broken = TemporarilyUnavailable("the queue doesn't answer")
    swept = plane.run_step("sweep", {})
    assert swept["failed"] == ["the ends that nobody was told about: TemporarilyUnavailable: the queue doesn't answer"]

    plane.notices.broken = None
    assert plane.run_step("sweep", {}) == {"done": [], "failed": []}
    assert plane.notices.subjects == ["DEPLOYMENT#ended"]


def test_a_waiter_whose_execution_is_gone_leaves_the_queue(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    queue(plane, "owner")
    queue(plane, "waiter", 1)
    workflows.ended.add(arn("waiter"))

    assert plane.run_step("sweep", {})["done"] == ["closed waiter"]

    assert plane.leases.waiting(*DEV) == []
    assert plane.leases.read(*DEV).owner == "owner"


def ask(plane: ControlPlane) -> None:
    plane.deployments.open(Deployment("to-prod", "run", APP, "prod", GOOD, arn("to-prod"), version="v1.0.0", pusher="ada"), NOW)
    plane.approvals.open(QUESTION, "token of to-prod")


def test_a_question_whose_time_is_over_is_closed_and_its_deployment_told(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    ask(plane)
    plane.later(timedelta(hours=1))

    assert plane.run_step("sweep", {})["done"] == ["to-prod is expired"]

    assert plane.approvals.approvals["to-prod"].state is ApprovalState.EXPIRED
    assert workflows.answers["token of to-prod"]["decision"] == "expired"


def test_votes_that_nobody_counted_are_counted(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    ask(plane)
    plane.approvals.vote(QUESTION, Vote("grace", Choice.APPROVE, "fine", NOW))  # and the console was killed

    assert plane.run_step("sweep", {})["done"] == ["to-prod hears that it is approved"]

    assert workflows.answers["token of to-prod"]["decision"] == "approved"


def test_one_thing_that_cannot_be_looked_at_keeps_nothing_else_from_being_looked_at(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    build(plane)
    plane.builds.results[f"slipway-build:{BETTER}-1"] = BuildResult(APP, BETTER, bundle_digest="sha256:bundle")
    queue(plane, "owner")
    workflows.ended.add(arn("owner"))
    workflows.unreachable = True

    swept = plane.run_step("sweep", {})

    assert swept["failed"] == [f"the build of {BETTER}: TemporarilyUnavailable: Step Functions doesn't answer"]
    assert "closed owner" in swept["done"]
