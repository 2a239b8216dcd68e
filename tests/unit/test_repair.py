"""Repair, Record and hand-over when things happen in the same moment or were left half done by others. Whole executions: tests/workflow/test_aborts.py."""

from datetime import datetime, timedelta

import pytest

from slipway.domain.deployment import Deployment, Kind, RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.errors import LeaseLost, TemporarilyUnavailable
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows

APP, DEV = "sample-app", ("sample-app", "dev")
ENDS = NOW + timedelta(minutes=5)


def arn(name: str) -> str:
    return f"arn:aws:states:us-east-1:123456789012:execution:slipway-deploy:{name}"


@pytest.fixture
def workflows() -> FakeWorkflows:
    return FakeWorkflows()


@pytest.fixture
def plane(workflows: FakeWorkflows) -> ControlPlane:
    return ControlPlane(workflows=workflows)


def opened(plane: ControlPlane, name: str, commit: str = GOOD, kind: Kind = Kind.RELEASE, asked_at: datetime = NOW) -> None:
    plane.deployments.open(Deployment(name, "run", APP, "dev", commit, arn(name), kind, version="v1", cause="a cause", asked_at=asked_at), NOW)


def take(plane: ControlPlane, name: str, *, first: bool = False) -> int:
    """The lease, for a deployment that is opened; its epoch."""
    granted = plane.leases.acquire(*DEV, name, f"token of {name}", NOW, asked_at=plane.deployments.get(name).asked_at, first=first)
    assert granted is not None and granted[0].owner == name
    plane.leases.answered(*DEV, granted[0].epoch)
    return granted[0].epoch


def begun(plane: ControlPlane, name: str, epoch: int) -> None:
    """It has changed something, and its call has landed."""
    plane.deployments.remember_restore_point(name, RestorePoint(1, GOOD))
    plane.leases.begin(*DEV, name, epoch, ENDS)
    plane.leases.landed(*DEV, epoch)


def go_back(plane: ControlPlane, name: str, epoch: int) -> str:
    """RestorePrevious, VerifyRestored and RecordRolledBack, as after an error; the outcome."""
    step = {"deployment": name, "epoch": epoch, "until": ENDS.isoformat(), "reason": "an error"}
    assert plane.run_step("restore_previous", step)["result"] == "pass"
    assert plane.run_step("verify_restored", step)["result"] == "pass"
    return str(plane.run_step("record", {**step, "outcome": "rolled-back"})["outcome"])


def test_a_call_that_wants_to_begin_while_repair_looks_may_not(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    opened(plane, "push")
    epoch = take(plane, "push")
    workflows.ended.add(arn("push"))
    release, refused = plane.leases.release, list[bool]()

    def begin_first(service: str, environment: str, deployment: str) -> object:
        with pytest.raises(LeaseLost):
            plane.leases.begin(*DEV, "push", epoch, ENDS)  # Apply had done everything up to here
        refused.append(True)
        return release(service, environment, deployment)

    plane.leases.release = begin_first  # type: ignore[method-assign]
    plane.run_step("repair", {"execution": arn("push"), "status": "ABORTED"})

    assert refused == [True]
    assert plane.leases.read(*DEV).owner == ""


def test_a_dead_owner_whose_call_is_at_work_keeps_the_lease_until_that_has_landed(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    opened(plane, "push")
    opened(plane, "next", asked_at=NOW + timedelta(seconds=5))
    plane.leases.acquire(*DEV, "push", "gone", NOW, asked_at=NOW)  # told, but whoever told it was killed before that was written
    plane.leases.begin(*DEV, "push", 1, ENDS)
    workflows.ended.add(arn("push"))
    workflows.gone.add("gone")

    plane.run_step("acquire_lease", {"deployment": "next", "token": "token of next"})
    assert plane.leases.read(*DEV).owner == "push"
    assert "may be at work until" in plane.run_step("sweep", {})["failed"][0]
    assert plane.leases.read(*DEV).stop == "its execution ended (gone)"

    plane.leases.landed(*DEV, 1)
    plane.run_step("sweep", {})
    assert workflows.answers["token of next"] == {"epoch": 2}


def test_who_had_nothing_to_take_back_has_failed_and_closes_nothing_that_others_left_open(plane: ControlPlane) -> None:
    opened(plane, "dead")
    opened(plane, "next", asked_at=NOW + timedelta(seconds=5))
    begun(plane, "dead", take(plane, "dead"))
    plane.leases.release(*DEV, "dead")

    assert go_back(plane, "next", take(plane, "next")) == "failed"

    assert plane.leases.read(*DEV).changing == "dead"


def test_who_had_nothing_to_take_back_leaves_the_flag_that_is_there(plane: ControlPlane) -> None:
    opened(plane, "next")
    epoch = take(plane, "next")
    flagged = EnvironmentState("", GOOD, "a person has to look")
    plane.environments.record(*DEV, flagged, "next", epoch)

    assert go_back(plane, "next", epoch) == "failed"

    assert plane.environments.state(*DEV) == flagged


def test_what_was_put_back_is_what_is_live_whatever_was_recorded_before(plane: ControlPlane) -> None:
    opened(plane, "push", BETTER)
    epoch = take(plane, "push")
    begun(plane, "push", epoch)
    plane.environments.record(*DEV, EnvironmentState(BETTER, BETTER), "push", epoch)

    plane.run_step("record", {"deployment": "push", "outcome": "rolled-back", "reason": "an error", "epoch": epoch})

    assert plane.environments.state(*DEV) == EnvironmentState(GOOD, GOOD)


def test_a_deployment_that_was_live_before_its_own_record_was_closed_is_closed_as_live(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    opened(plane, "push", BETTER)
    epoch = take(plane, "push")
    begun(plane, "push", epoch)
    plane.environments.record(*DEV, EnvironmentState(BETTER, BETTER), "push", epoch)  # and Record was killed
    workflows.ended.add(arn("push"))

    plane.run_step("repair", {"execution": arn("push"), "status": "FAILED"})

    assert plane.deployments.get("push").outcome == "live"
    assert workflows.deployments == {}


def test_an_aborted_rollback_holds_the_environment_too(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    opened(plane, "back", kind=Kind.ROLLBACK)
    take(plane, "back", first=True)
    workflows.ended.add(arn("back"))

    plane.run_step("repair", {"execution": arn("back"), "status": "ABORTED"})

    lease = plane.leases.read(*DEV)
    assert (lease.owner, lease.hold) == ("", "a cause, to v1")


def test_a_rollback_that_somebody_gave_a_deployments_name_closes_nothing(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    opened(plane, "push")
    take(plane, "push")
    named = arn("push").replace("slipway-deploy", "slipway-rollback")
    workflows.ended.add(named)

    assert plane.run_step("repair", {"execution": named, "status": "FAILED"}) == {"done": []}

    assert plane.deployments.get("push").outcome == "" and plane.leases.read(*DEV).owner == "push"


def test_an_environment_of_a_service_that_was_removed_can_still_be_repaired(plane: ControlPlane) -> None:
    plane.configurations.remove_target("dev")
    request = {
        "deployment": "repair-1", "run": "repair-1", "service": APP, "environment": "dev", "commit": GOOD, "kind": "repair", "version": "",
        "pusher": "", "cause": "push left dev half done", "execution": arn("repair-1"),
    }  # fmt: skip

    assert plane.run_step("plan", request)["next"] == "proceed"


def test_a_call_that_does_not_land_in_time_is_left_to_the_next_look(plane: ControlPlane, workflows: FakeWorkflows) -> None:
    opened(plane, "push")
    epoch = take(plane, "push")
    plane.leases.begin(*DEV, "push", epoch, ENDS)
    workflows.ended.add(arn("push"))

    with pytest.raises(TemporarilyUnavailable, match=r"may be at work until 12:05:00 UTC"):
        plane.run_step("repair", {"execution": arn("push"), "status": "ABORTED"})

    assert plane.leases.read(*DEV).owner == "push"
