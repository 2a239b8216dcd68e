"""Policies with the real state machines: how long a release must have run, freezes, overrides, deployments by hand, removed services."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slipway.domain.environment import ApprovalRule
from slipway.domain.freeze import Weekly
from slipway.domain.run import RunState
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW
from tests.workflow.conftest import Slipway

APP, TUESDAY = "sample-app", 1
TODAY = (Weekly(ZoneInfo("Europe/Berlin"), frozenset({TUESDAY})),)
BY_HAND = {"service": APP, "environment": "prod", "actor": "ada", "login": "ada", "key": "key-1"}


def start_by_hand(slipway: Slipway, **changes: object) -> Mapping[str, Any]:
    started: Mapping[str, Any] = slipway.plane.run_step("start_deployment", {**BY_HAND, **changes})
    return started


def outcome(slipway: Slipway, deployment: str) -> tuple[str, str]:
    found = slipway.plane.deployments.get(deployment)
    return found.outcome, found.reason


def test_how_long_a_release_has_run_is_counted_from_live_to_replaced(slipway: Slipway) -> None:
    slipway.make_ready(GOOD, BETTER)
    slipway.plane.seconds_per_look = 1
    slipway.deploy(GOOD, "stage")
    slipway.deploy(BETTER, "stage")
    releases = slipway.plane.environments.releases
    first, second = releases[APP, "stage", GOOD], releases[APP, "stage", BETTER]
    assert first.until == second.at and second.until is None
    assert timedelta() < first.lived(NOW + timedelta(days=1)) == second.at - first.at


def test_a_rollback_ends_the_time_of_one_release_and_begins_anothers(slipway: Slipway) -> None:
    slipway.make_ready(GOOD, BETTER)
    slipway.plane.seconds_per_look = 1
    slipway.deploy(GOOD, "stage")
    slipway.deploy(BETTER, "stage")
    assert slipway.rollback({"service": APP, "environment": "stage"}).status == "SUCCEEDED"
    releases = slipway.plane.environments.releases
    back, taken = releases[APP, "stage", GOOD], releases[APP, "stage", BETTER]
    assert taken.until is not None and back.since == taken.until > taken.at
    assert back.until is None and back.at < taken.at


def test_a_bad_release_that_is_undone_ends_nobodys_time(slipway: Slipway) -> None:
    slipway.make_ready(GOOD, BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"
    slipway.deploy(GOOD, "stage")
    assert slipway.deploy(BAD, "stage").output["outcome"] == "rolled-back"
    assert slipway.plane.environments.releases[APP, "stage", GOOD].until is None


def test_a_release_that_has_not_run_long_enough_is_refused_before_anything_is_asked(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    slipway.plane.configurations.change_target("prod", ran_for=timedelta(minutes=10))
    ended = slipway.release(GOOD, "refs/tags/v1.0.0")
    assert ended.status == "FAILED"
    assert "From 12:10:00 UTC on: slipway deploy sample-app prod --commit aaaaaaaaaaaa" in str(ended.cause)
    assert slipway.plane.deployments.deployments == {}


def test_a_frozen_deployment_is_refused_with_the_end_of_the_freeze(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    slipway.plane.configurations.change_target("prod", freeze=TODAY)
    ended = slipway.deploy(GOOD, "prod")
    assert ended.output["outcome"] == "refused"
    assert ended.output["reason"].startswith("prod is frozen until Wed 2026-11-25 00:00 Europe/Berlin (23:00:00 UTC).")
    assert slipway.plane.mails.asked == []


def test_a_freeze_that_begins_while_people_think_is_noticed_before_anything_changes(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.plane.configurations.change_target("prod", freeze=TODAY)
    slipway.vote("grace")
    ended = slipway.machines.ended(arn)
    assert ended.output["outcome"] == "refused" and "prod is frozen until" in ended.output["reason"]
    assert slipway.plane.clusters.upgrades == 0 and slipway.plane.leases.read(APP, "prod").owner == ""


def test_a_rollback_is_never_frozen(slipway: Slipway) -> None:
    slipway.make_live(GOOD, at=NOW - timedelta(hours=2))
    slipway.make_live(BETTER, at=NOW - timedelta(hours=1))
    slipway.plane.configurations.change_target("dev", freeze=TODAY)
    assert slipway.rollback({"service": APP, "environment": "dev"}).status == "SUCCEEDED"


def test_an_override_is_decided_by_those_whom_the_freeze_names(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    linus = replace(slipway.plane.configurations.configuration.people["linus"], github="linus")
    configuration = slipway.plane.configurations.configuration
    slipway.plane.configurations.configuration = replace(configuration, people={**configuration.people, "linus": linus})
    slipway.plane.configurations.change_target("prod", freeze=TODAY, freeze_override=ApprovalRule(("linus",)))
    started = start_by_hand(slipway, commit=GOOD, override_freeze=True, reason="customers can't pay")
    name = started["deployment"]
    slipway.machines.until(lambda: "asked" in slipway.plane.timeline.kinds(f"DEPLOYMENT#{name}"))
    assert slipway.plane.mails.asked == [("linus", name)]
    assert not slipway.vote("grace", approval=name).counted
    assert slipway.vote("linus", approval=name).counted
    slipway.machines.until(lambda: outcome(slipway, name)[0] == "live")


def test_an_override_that_is_rejected_changes_nothing(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    slipway.plane.configurations.change_target("prod", freeze=TODAY, freeze_override=ApprovalRule(("grace",)))
    name = start_by_hand(slipway, commit=GOOD, override_freeze=True, reason="I am in a hurry")["deployment"]
    slipway.machines.until(lambda: "asked" in slipway.plane.timeline.kinds(f"DEPLOYMENT#{name}"))
    assert not slipway.vote("ada", approval=name).counted
    slipway.vote("grace", "reject", "it can wait", approval=name)
    slipway.machines.until(lambda: outcome(slipway, name)[0] == "rejected")
    assert slipway.plane.clusters.upgrades == 0


def test_a_deployment_by_hand_asks_like_a_push_and_its_starter_cannot_approve_it(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    name = start_by_hand(slipway, commit=GOOD)["deployment"]
    slipway.machines.until(lambda: "asked" in slipway.plane.timeline.kinds(f"DEPLOYMENT#{name}"))
    assert slipway.plane.mails.asked == [("grace", name)]
    assert not slipway.vote("ada", approval=name).counted
    slipway.vote("grace", approval=name)
    slipway.machines.until(lambda: outcome(slipway, name)[0] == "live")


def test_the_live_release_can_be_brought_once_more(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "dev", "v1.0.0")
    name = start_by_hand(slipway, environment="dev")["deployment"]
    assert slipway.machines.ended(slipway.arn(name)).output["outcome"] == "live"
    assert slipway.plane.builds.started == []
    assert slipway.plane.environments.releases[APP, "dev", GOOD].revisions == (1, 2)


def test_a_pushed_tag_names_its_release_from_then_on(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    slipway.plane.configurations.change_target("prod", approval=None)
    assert slipway.release(GOOD, "refs/tags/v1.0.0").status == "SUCCEEDED"
    tagged = slipway.plane.releases.tagged(APP, "v1.0.0")
    assert tagged is not None and tagged.commit == GOOD


@pytest.mark.parametrize(("before", "outcome"), [("apply", "failed"), ("smoke-test", "rolled-back")])
def test_a_deployment_of_a_service_that_is_removed_meanwhile_ends_with_that_reason_and_frees_its_lease(slipway: Slipway, before: str, outcome: str) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    whole = slipway.functions[f"slipway-{before}"]

    def removed(event: dict[str, object]) -> object:
        slipway.functions[f"slipway-{before}"] = whole
        configurations = slipway.plane.configurations
        configurations.configuration = replace(configurations.configuration, services={})
        return whole(event)

    slipway.functions[f"slipway-{before}"] = removed
    ended = slipway.deploy(BETTER)
    assert ended.output["outcome"] == outcome
    assert "Removed from slipway.yaml while run-bbbbbb-dev was under way" in ended.output["reason"]
    assert slipway.lease_owner == "" and slipway.plane.clusters.running == GOOD


def test_a_deployment_to_an_environment_that_is_removed_meanwhile_wants_a_person_and_frees_its_lease(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    whole = slipway.functions["slipway-watch-rollout"]

    def removed(event: dict[str, object]) -> object:
        slipway.functions["slipway-watch-rollout"] = whole
        configurations = slipway.plane.configurations
        configurations.configuration = replace(configurations.configuration, services={}, environments={})
        return whole(event)

    slipway.functions["slipway-watch-rollout"] = removed
    ended = slipway.deploy(BETTER)
    assert ended.output["outcome"] == "needs-attention"
    assert "dev was removed from slipway.yaml while run-bbbbbb-dev was under way" in ended.output["reason"]
    assert slipway.lease_owner == ""


def test_a_rollback_of_a_removed_service_says_which_ones_there_are(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    configurations = slipway.plane.configurations
    other = replace(configurations.configuration.services[APP], name="other")
    configurations.configuration = replace(configurations.configuration, services={"other": other})
    ended = slipway.rollback({"service": APP, "environment": "dev"})
    assert (ended.status, ended.cause) == ("FAILED", "There is no service 'sample-app'; slipway.yaml has other.")


@pytest.mark.parametrize(("before", "state"), [("plan", RunState.FAILED), ("close-run", RunState.LIVE)])
def test_a_run_of_a_service_that_is_removed_meanwhile_ends_as_its_deployment_did(slipway: Slipway, before: str, state: RunState) -> None:
    whole = slipway.functions[f"slipway-{before}"]

    def removed(event: dict[str, object]) -> object:
        slipway.functions[f"slipway-{before}"] = whole
        configurations = slipway.plane.configurations
        configurations.configuration = replace(configurations.configuration, services={})
        return whole(event)

    slipway.functions[f"slipway-{before}"] = removed
    slipway.release(GOOD)
    run = slipway.plane.runs.get("run-1")
    assert run is not None and run.state is state, run
