"""Whatever is aborted, and wherever: the environment ends good or flagged, the record is closed and the lease is free. With events, and without."""

from collections.abc import Callable
from typing import Any

import pytest

from slipway.domain.approval import ApprovalState
from slipway.domain.deployment import Outcome
from slipway.domain.environment import EnvironmentState
from slipway.domain.run import RunState
from tests.fakes.control_plane import BAD, BETTER, GOOD
from tests.workflow.conftest import Slipway

BEFORE, AFTER = "before its function does anything", "after its function has done everything"
TOLD, SWEPT = "told by an event", "found by the sweep"
DEPLOY = ("plan", "acquire-lease", "apply", "watch-rollout", "smoke-test", "record", "release-lease")
GOING_BACK = ("restore-previous", "verify-restored", "record", "release-lease")


def abort_in(slipway: Slipway, function: str, when: str) -> None:
    """The next call of the function finds its execution aborted, right before or right after what it does."""
    name = f"slipway-{function}"
    whole = slipway.functions[name]

    def stop(deployment: object) -> None:
        arn = slipway.machines.state_machine_arn("slipway-deploy").replace(":stateMachine:", ":execution:")
        slipway.machines.states.stop_execution(executionArn=f"{arn}:{deployment}")

    def aborted(event: dict[str, object]) -> object:
        slipway.functions[name] = whole
        if when == BEFORE:
            stop(event["deployment"])
        result = whole(event)
        if when == AFTER:
            stop(event["deployment"])
        return result

    slipway.functions[name] = aborted


def repaired(slipway: Slipway, arn: str, how: str) -> None:
    """Everything that Slipway does about the aborted execution, to its end. Doing it twice changes nothing."""
    for _ in range(2):
        if how == TOLD:
            slipway.plane.run_step("repair", {"execution": arn, "status": "ABORTED"})
        else:
            assert slipway.plane.run_step("sweep", {})["failed"] == []
        for name in slipway.plane.workflows.deployments:
            slipway.machines.ended(slipway.arn(name))


def assert_at_rest(slipway: Slipway, environment: str = "dev") -> EnvironmentState:
    """Nothing is held, open or half done; the state of the environment is what runs there, or a flag."""
    plane, where = slipway.plane, ("sample-app", environment)
    state, lease = plane.environments.state(*where), plane.leases.read(*where)
    assert (lease.owner, lease.changing, plane.leases.waiting(*where)) == ("", "", [])
    assert plane.deployments.unfinished() == []
    assert state.needs_attention or plane.clusters.running == state.live
    return state


@pytest.mark.parametrize(("when", "how"), [(BEFORE, TOLD), (AFTER, SWEPT)])
@pytest.mark.parametrize("function", DEPLOY)
def test_a_deployment_that_is_aborted_leaves_the_old_or_the_new_release(slipway: Slipway, function: str, when: str, how: str) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    abort_in(slipway, function, when)

    aborted = slipway.deploy(BETTER)
    repaired(slipway, aborted.arn, how)

    assert aborted.status == "ABORTED", aborted
    state = assert_at_rest(slipway)
    assert state.live in (GOOD, BETTER) and not state.needs_attention
    assert slipway.deploy(BETTER, execution="afterwards").output["outcome"] == "live"


@pytest.mark.parametrize(("when", "how"), [(BEFORE, TOLD), (AFTER, SWEPT)])
@pytest.mark.parametrize("function", GOING_BACK)
def test_a_deployment_that_is_aborted_while_it_goes_back_is_brought_back(slipway: Slipway, function: str, when: str, how: str) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"
    abort_in(slipway, function, when)

    aborted = slipway.deploy(BAD)
    repaired(slipway, aborted.arn, how)

    assert aborted.status == "ABORTED", aborted
    assert assert_at_rest(slipway).live == GOOD


@pytest.mark.parametrize("how", [TOLD, SWEPT])
@pytest.mark.parametrize("function", ["apply", "watch-rollout", "smoke-test", "record"])
def test_a_first_deployment_that_is_aborted_leaves_nothing_behind(slipway: Slipway, function: str, how: str) -> None:
    slipway.make_ready(GOOD)
    abort_in(slipway, function, BEFORE if function == "record" else AFTER)

    aborted = slipway.deploy(GOOD)
    repaired(slipway, aborted.arn, how)

    assert aborted.status == "ABORTED", aborted
    state = assert_at_rest(slipway)
    assert state == EnvironmentState() if function != "record" else state.live in ("", GOOD)


@pytest.mark.parametrize(("when", "how"), [(BEFORE, TOLD), (AFTER, SWEPT)])
@pytest.mark.parametrize("function", ["acquire-lease", "apply", "watch-rollout", "smoke-test", "record", "release-lease"])
def test_a_rollback_that_is_aborted_leaves_a_good_release(slipway: Slipway, function: str, when: str, how: str) -> None:
    slipway.make_live(GOOD, "prod", "v1.0.0")
    slipway.make_live(BETTER, "prod", "v1.1.0", slipway.plane.clock().replace(hour=13))
    abort_in(slipway, function, when)

    rollback = slipway.rollback({"service": "sample-app", "environment": "prod"})
    deployment = next(iter(slipway.plane.deployments.deployments))
    repaired(slipway, slipway.arn(deployment), how)

    assert rollback.status == "FAILED", rollback
    state = assert_at_rest(slipway, "prod")
    assert state.live in (GOOD, BETTER) and not state.needs_attention


@pytest.mark.parametrize("how", [TOLD, SWEPT])
def test_a_question_whose_deployment_is_aborted_is_withdrawn(slipway: Slipway, how: str) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.machines.states.stop_execution(executionArn=arn)
    slipway.machines.ended(arn)

    repaired(slipway, arn, how)

    assert slipway.plane.approvals.approvals["to-prod"].state is ApprovalState.ENDED
    assert assert_at_rest(slipway, "prod") == EnvironmentState()


@pytest.mark.parametrize("how", [TOLD, SWEPT])
def test_who_waits_behind_an_aborted_deployment_gets_its_turn(slipway: Slipway, how: str) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    waiting: list[str] = []

    def queue_behind(watch: Callable[[dict[str, object]], object]) -> Callable[[dict[str, object]], object]:
        def watched(event: dict[str, object]) -> object:
            slipway.functions["slipway-watch-rollout"] = watch
            waiting.append(slipway.start_deploy(BETTER, execution="behind"))
            slipway.machines.until(lambda: slipway.plane.leases.waiting("sample-app", "dev") == ["behind"])
            slipway.machines.states.stop_execution(executionArn=slipway.arn(str(event["deployment"])))
            return watch(event)

        return watched

    slipway.functions["slipway-watch-rollout"] = queue_behind(slipway.functions["slipway-watch-rollout"])
    aborted = slipway.deploy(GOOD, execution="in-front")
    repaired(slipway, aborted.arn, how)

    assert slipway.machines.ended(waiting[0]).output["outcome"] == "live"
    assert assert_at_rest(slipway).live == BETTER


def test_a_call_that_is_still_at_work_is_asked_to_stop_and_waited_for(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    plane, told = slipway.plane, list[Any]()

    def aborted_meanwhile() -> None:
        """Helm is at work when somebody aborts the execution; the event reaches Repair while it still is."""
        plane.clusters.during_helm = lambda: None
        arn = slipway.arn("run-bbbbbb-dev")
        slipway.machines.states.stop_execution(executionArn=arn)
        plane.meanwhile = lambda: told.append(plane.leases.read("sample-app", "dev"))
        with pytest.raises(Exception, match="may be at work until"):
            plane.run_step("repair", {"execution": arn, "status": "ABORTED"})

    plane.clusters.during_helm = aborted_meanwhile
    aborted = slipway.deploy(BETTER)
    slipway.machines.until(lambda: not plane.leases.read("sample-app", "dev").in_flight_until)

    assert told and all(lease.stop == "its execution ended (aborted)" for lease in told)
    assert plane.clusters.revisions[-1].status == "failed", "Helm was stopped"
    repaired(slipway, aborted.arn, TOLD)
    assert assert_at_rest(slipway).live == GOOD


def test_a_call_that_was_killed_is_waited_for_until_it_cannot_be_alive(slipway: Slipway) -> None:
    plane = slipway.plane
    slipway.make_live(GOOD)
    slipway.make_busy("killed", "dev")
    plane.leases.begin("sample-app", "dev", "killed", 1, plane.clock().replace(minute=2))

    plane.run_step("repair", {"execution": slipway.arn("killed"), "status": "ABORTED"})

    assert plane.clock().minute == 2
    assert plane.deployments.get("killed").outcome == Outcome.FAILED


def test_a_run_that_is_aborted_is_closed(slipway: Slipway) -> None:
    arn = slipway.machines.start("slipway-release", {"run": "run-1", "service": "sample-app", "ref": "refs/heads/develop", "commit": BETTER}, execution="run-1")
    slipway.machines.until(lambda: slipway.plane.builds.started)
    slipway.machines.states.stop_execution(executionArn=arn)
    slipway.machines.ended(arn)

    assert slipway.plane.run_step("sweep", {})["done"] == ["closed run-1"]

    run = slipway.plane.runs.runs["run-1"]
    assert (run.state, run.reason) == (RunState.FAILED, "its execution ended before it did (gone)")


@pytest.mark.parametrize("request_of", ["plan", "acquire_lease"])
def test_a_redriven_deployment_changes_nothing(slipway: Slipway, request_of: str) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    slipway.deploy(BETTER)
    before = slipway.plane.deployments.get("run-bbbbbb-dev")
    requests: dict[str, dict[str, object]] = {
        "plan": {
            "deployment": "run-bbbbbb-dev", "run": "run-1", "service": "sample-app", "environment": "dev", "commit": BETTER, "kind": "release",
            "version": "v1", "pusher": "ada", "cause": "a push", "execution": "arn",
        },
        "acquire_lease": {"deployment": "run-bbbbbb-dev", "token": "new"},
    }  # fmt: skip

    with pytest.raises(Exception, match="has ended"):
        slipway.plane.run_step(request_of, requests[request_of])

    assert slipway.plane.deployments.get("run-bbbbbb-dev") == before
    assert_at_rest(slipway)


@pytest.mark.parametrize("function", ["apply", "watch_rollout", "smoke_test", "restore_previous", "verify_restored", "confirm_plan"])
def test_a_step_of_an_old_epoch_changes_nothing(slipway: Slipway, function: str) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    slipway.deploy(BETTER)
    upgrades, revisions = slipway.plane.clusters.upgrades, list(slipway.plane.clusters.revisions)
    until = slipway.plane.clock().isoformat()

    with pytest.raises(Exception, match="had the lease of dev at epoch 1"):
        slipway.plane.run_step(function, {"deployment": "run-bbbbbb-dev", "epoch": 1, "until": until, "reason": "redriven", "live": GOOD, "round": 1})

    assert (slipway.plane.clusters.upgrades, slipway.plane.clusters.revisions) == (upgrades, revisions)
