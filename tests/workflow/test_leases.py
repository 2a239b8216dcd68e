"""Several deployments want one environment, with the real ASL and the real steps: newer pushes supersede, rollbacks go first, plans are confirmed."""

from collections.abc import Callable
from typing import Any

import pytest

from slipway.domain.deployment import Kind
from slipway.domain.environment import EnvironmentState
from slipway.errors import Unexpected
from tests.fakes.control_plane import BAD, BETTER, GOOD
from tests.workflow.conftest import Slipway

DEV, PROD = ("sample-app", "dev"), ("sample-app", "prod")
FIXED = "d" * 40


def during(slipway: Slipway, function: str, happens: Callable[[], Any]) -> None:
    """Once, while the function is called and before it does anything."""
    name = f"slipway-{function}"
    whole = slipway.functions[name]

    def interrupted(event: dict[str, object]) -> object:
        slipway.functions[name] = whole
        happens()
        return whole(event)

    slipway.functions[name] = interrupted


def queue(slipway: Slipway, *names: str) -> Callable[[], None]:
    """Pushes that come one after the other while somebody else has the lease of dev."""

    def come() -> None:
        for name in names:
            slipway.start_deploy(BETTER, execution=name)
            slipway.machines.until(lambda name=name: slipway.plane.leases.waiting(*DEV) == [name])

    return come


def test_of_the_pushes_that_wait_only_the_newest_is_rolled_out(slipway: Slipway) -> None:
    slipway.make_ready(BETTER)
    during(slipway, "watch-rollout", queue(slipway, "push-2", "push-3", "push-4"))

    assert slipway.deploy(GOOD, execution="push-1").output["outcome"] == "live"

    for older, newer in (("push-2", "push-3"), ("push-3", "push-4")):
        assert slipway.machines.ended(slipway.arn(older)).output == {"outcome": "superseded", "reason": f"{newer} is newer and goes to dev instead"}
    assert slipway.machines.ended(slipway.arn("push-4")).output["outcome"] == "live"
    assert slipway.plane.clusters.upgrades == 2
    assert slipway.plane.environments.state(*DEV).live == BETTER


def test_fifty_pushes_in_a_minute_are_three_rollouts_at_most(slipway: Slipway) -> None:
    """The newest is live in the end. While the first is rolled out the others come, in whatever order they get there."""
    slipway.make_ready(BETTER)
    pushes = [f"push-{number:02d}" for number in range(50)]

    def come() -> None:
        for number, name in enumerate(pushes[1:]):
            slipway.start_deploy((BETTER, GOOD)[number % 2], execution=name)
        slipway.machines.until(lambda: sum(bool(found.outcome) for found in slipway.plane.deployments.deployments.values()) == 48)

    during(slipway, "watch-rollout", come)
    assert slipway.deploy(GOOD, execution=pushes[0]).output["outcome"] == "live"

    outcomes = [slipway.machines.ended(slipway.arn(name)).output["outcome"] for name in pushes]
    assert outcomes == ["live", *["superseded"] * 48, "live"]
    assert slipway.plane.clusters.upgrades == 2
    assert slipway.plane.environments.state(*DEV).live == BETTER


def test_a_push_that_has_changed_nothing_yet_makes_room_for_a_newer_one(slipway: Slipway) -> None:
    slipway.make_ready(BETTER)
    during(slipway, "apply", queue(slipway, "newer"))

    ended = slipway.deploy(GOOD, execution="older")

    assert ended.output == {"outcome": "superseded", "reason": "LeaseLost: newer is newer and goes to dev instead"}
    assert "RestorePrevious" not in ended.states
    assert slipway.machines.ended(slipway.arn("newer")).output["outcome"] == "live"
    assert slipway.plane.clusters.upgrades == 1
    assert slipway.plane.environments.state(*DEV).live == BETTER


def test_a_push_whose_apply_died_goes_on_though_a_newer_one_waits(slipway: Slipway) -> None:
    """It may have changed something."""
    slipway.make_ready(BETTER)
    come = queue(slipway, "newer")

    def die_once() -> None:
        slipway.plane.clusters.during_helm = lambda: None
        come()
        raise Unexpected("the function was killed")

    slipway.plane.clusters.during_helm = die_once

    assert slipway.deploy(GOOD, execution="older").output["outcome"] == "live"
    assert slipway.machines.ended(slipway.arn("newer")).output["outcome"] == "live"


def test_a_push_that_was_overtaken_on_its_way_never_replaces_the_newer_one(slipway: Slipway) -> None:
    slipway.make_ready(BETTER)
    early = next(slipway.moments).isoformat()
    slipway.deploy(BETTER, execution="newer")

    ended = slipway.deploy(GOOD, execution="older", asked_at=early)

    assert ended.output == {"outcome": "superseded", "reason": "newer is newer and goes to dev instead"}
    assert slipway.plane.environments.state(*DEV).live == BETTER


def rollback_starts(slipway: Slipway) -> Callable[[], None]:
    def start() -> None:
        slipway.machines.start("slipway-rollback", {"service": "sample-app", "environment": "prod"}, execution="rollback-1")
        slipway.machines.until(lambda: slipway.plane.leases.read(*PROD).stop)

    return start


@pytest.fixture
def promoted(slipway: Slipway) -> Slipway:
    """prod runs v1.0.0; prod asks nobody."""
    slipway.make_live(GOOD, "prod", "v1.0.0")
    slipway.make_ready(BETTER)
    configuration = slipway.plane.configurations
    configuration.change_target("prod", approval=None, ran_in="")
    return slipway


@pytest.mark.parametrize("state", ["apply", "watch-rollout", "smoke-test"])
def test_a_rollback_stops_the_deployment_that_is_at_work(promoted: Slipway, state: str) -> None:
    during(promoted, state, rollback_starts(promoted))

    stopped = promoted.deploy(BETTER, "prod", "to-prod", version="v1.1.0")

    assert stopped.output["outcome"] == "superseded", stopped
    assert "goes first: an operator started a rollback" in stopped.output["reason"]
    assert "RestorePrevious" not in stopped.states, "the rollback leaves it right"
    rollback = next(found for found in promoted.plane.deployments.deployments.values() if found.kind is Kind.ROLLBACK)
    assert promoted.machines.ended(promoted.arn(rollback.identity)).output["outcome"] == "live"
    assert promoted.plane.environments.state(*PROD) == EnvironmentState(live=GOOD, last_good=GOOD)
    lease = promoted.plane.leases.read(*PROD)
    assert (lease.owner, lease.changing, bool(lease.hold)) == ("", "", True)


def test_a_rollback_stops_helm_in_the_middle(promoted: Slipway) -> None:
    start = rollback_starts(promoted)

    def once() -> None:
        promoted.plane.clusters.during_helm = lambda: None
        start()

    promoted.plane.clusters.during_helm = once
    stopped = promoted.deploy(BETTER, "prod", "to-prod", version="v1.1.0")

    assert stopped.output["outcome"] == "superseded", stopped
    assert [revision.status for revision in promoted.plane.clusters.revisions][1] == "failed"
    rollback = next(found for found in promoted.plane.deployments.deployments.values() if found.kind is Kind.ROLLBACK)
    assert promoted.machines.ended(promoted.arn(rollback.identity)).output["outcome"] == "live"
    assert promoted.plane.clusters.running == GOOD


def test_a_deployment_that_goes_back_is_stopped_too(promoted: Slipway) -> None:
    promoted.make_ready(BAD)
    promoted.plane.clusters.behaviour[BAD] = "crash"
    during(promoted, "verify-restored", rollback_starts(promoted))

    stopped = promoted.deploy(BAD, "prod", "to-prod", version="v1.1.0")

    assert stopped.output["outcome"] == "superseded", stopped
    rollback = next(found for found in promoted.plane.deployments.deployments.values() if found.kind is Kind.ROLLBACK)
    assert promoted.machines.ended(promoted.arn(rollback.identity)).output["outcome"] == "live"


def test_a_rollback_that_is_aborted_after_it_stopped_a_deployment_leaves_a_repair(promoted: Slipway) -> None:
    """Nobody is left who would leave the environment right; so Slipway does."""
    during(promoted, "watch-rollout", rollback_starts(promoted))

    def abort(event: dict[str, object]) -> None:
        if str(event["deployment"]).startswith("rollback-"):
            promoted.machines.states.stop_execution(executionArn=promoted.arn(str(event["deployment"])))
            raise type("LeaseLost", (Exception,), {})("aborted")

    apply = promoted.functions["slipway-apply"]
    promoted.functions["slipway-apply"] = lambda event: abort(event) or apply(event)
    promoted.deploy(BETTER, "prod", "to-prod", version="v1.1.0")
    rollback = next(found for found in promoted.plane.deployments.deployments.values() if found.kind is Kind.ROLLBACK)
    promoted.machines.ended(promoted.arn(rollback.identity))
    assert promoted.plane.leases.read(*PROD).changing == "to-prod"

    promoted.plane.run_step("repair", {"execution": promoted.arn(rollback.identity), "status": "ABORTED"})

    (repair,) = promoted.plane.workflows.deployments
    assert promoted.machines.ended(promoted.arn(repair)).output["outcome"] == "rolled-back"
    assert promoted.plane.clusters.running == GOOD
    assert promoted.plane.environments.state(*PROD) == EnvironmentState(live=GOOD, last_good=GOOD)


def test_a_repair_that_finds_the_environment_in_order_changes_nothing(slipway: Slipway) -> None:
    slipway.make_live(GOOD)

    ended = slipway.deploy(GOOD, kind="repair", execution="repair-1")

    assert ended.output == {"outcome": "refused", "reason": "nothing is left to be repaired"}
    assert slipway.plane.clusters.upgrades == 0 and slipway.lease_owner == ""


def test_people_are_asked_anew_when_the_environment_moved_on_after_they_agreed(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)

    def somebody_else_went_live() -> None:
        slipway.plane.environments.states[PROD] = EnvironmentState(live=FIXED, last_good=FIXED)

    during(slipway, "acquire-lease", somebody_else_went_live)
    slipway.vote("grace")
    slipway.machines.until(lambda: slipway.plane.timeline.kinds("DEPLOYMENT#to-prod").count("asked") == 2)

    assert slipway.plane.leases.read(*PROD).owner == "", "nobody waits for people"
    assert slipway.plane.clusters.upgrades == 0
    assert slipway.vote("grace", approval="to-prod").counted is False, "the earlier question is decided"
    slipway.vote("grace", approval="to-prod.2")
    ended = slipway.machines.ended(arn)
    assert ended.output["outcome"] == "live", ended
    assert ended.states.count("ConfirmPlan") == 2 and "ReturnLease" in ended.states
    assert slipway.plane.plans.plans["to-prod.2"].from_commit == FIXED


def test_a_plan_that_holds_is_applied(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.vote("grace")

    ended = slipway.machines.ended(arn)

    assert ended.output["outcome"] == "live" and ended.states.count("ConfirmPlan") == 1


def test_a_service_that_left_slipway_yaml_while_its_deployment_waited_is_refused(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    during(slipway, "confirm-plan", lambda: slipway.plane.configurations.remove_target("prod"))
    slipway.vote("grace")

    ended = slipway.machines.ended(arn)

    assert ended.output["outcome"] == "refused" and "has no environment 'prod'" in ended.output["reason"], ended
    assert slipway.plane.leases.read(*PROD).owner == "" and slipway.plane.clusters.upgrades == 0


def test_helm_comes_back_from_the_bundle_when_its_history_has_forgotten_the_last_good_release(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"
    slipway.plane.clusters.revisions.clear()

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back", ended
    assert slipway.plane.clusters.running == GOOD
    assert slipway.plane.environments.state(*DEV) == EnvironmentState(live=GOOD, last_good=GOOD)
