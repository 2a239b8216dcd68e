"""What an operator starts, with the real ASL and the real steps."""

from datetime import timedelta

import pytest

from slipway.domain.deployment import Kind
from slipway.domain.environment import EnvironmentState
from slipway.ports import HelmRelease
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW
from tests.workflow.conftest import Slipway

BACK = {"service": "sample-app", "environment": "prod"}
FIXED = "d" * 40
LATER = NOW + timedelta(hours=1)
PROD = "sample-app", "prod"


@pytest.fixture
def released(slipway: Slipway) -> Slipway:
    """prod ran v1.0.0 (revision 1) and runs v1.1.0 (revision 2)."""
    slipway.make_live(GOOD, "prod", "v1.0.0", NOW)
    slipway.make_live(BETTER, "prod", "v1.1.0", LATER)
    return slipway


def test_service_and_environment_are_enough(released: Slipway) -> None:
    ended = released.rollback(BACK)

    assert ended.status == "SUCCEEDED", ended
    assert (ended.output["outcome"], ended.output["version"], ended.output["commit"]) == ("live", "v1.0.0", GOOD)
    assert released.plane.clusters.running == GOOD
    assert released.plane.environments.state(*PROD) == EnvironmentState(live=GOOD, last_good=GOOD)
    assert released.plane.leases.read(*PROD).owner == ""
    assert released.plane.mails.asked == []


def test_a_revision_that_helm_has_forgotten_comes_from_the_bundle(released: Slipway) -> None:
    released.plane.clusters.revisions = [HelmRelease(2, "deployed", BETTER)]

    assert released.rollback({**BACK, "revision": 1}).output["outcome"] == "live"
    assert released.plane.clusters.running == GOOD


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({**BACK, "revision": 7}, "Revision 7 was never healthy for sample-app in prod. Valid: v1.1.0 (revision 2), v1.0.0 (revision 1)."),
        (["sample-app", "prod"], "The input must be a JSON object such as"),
    ],
)
def test_a_wrong_input_fails_at_once_with_the_sentence_and_nothing_around_it(released: Slipway, given: object, sentence: str) -> None:
    ended = released.rollback(given)

    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert ended.cause.startswith(sentence)
    assert ended.states == ("ChooseTarget", "ExplainInput", "WrongInput")
    assert released.plane.clusters.upgrades == 0


def test_a_rollback_of_the_first_release_has_nowhere_to_go_and_says_what_is_there(released: Slipway) -> None:
    released.rollback(BACK)

    ended = released.rollback(BACK, "rollback-2")

    assert ended.cause == "Nothing older ran before the live release of sample-app in prod. Valid: v1.1.0 (revision 2), v1.0.0 (revisions 1, 3)."


def test_after_a_rollback_and_a_fix_the_way_back_leads_past_what_was_taken_back(released: Slipway) -> None:
    released.rollback(BACK)
    released.plane.run_step("resume", {"service": "sample-app", "environment": "prod", "actor": "grace"})
    released.plane.seconds_per_look = 60
    arn = released.start_approval(FIXED, "v1.2.0")
    released.vote("grace")
    assert released.machines.ended(arn).output["outcome"] == "live"

    assert released.rollback(BACK, "rollback-2").output["version"] == "v1.0.0"


def test_a_release_that_was_never_verified_again_is_gone_back_to_when_nobody_knows_what_runs(released: Slipway) -> None:
    released.plane.environments.states[PROD] = EnvironmentState(live="", last_good=BETTER, needs_attention="a person has to look")

    assert released.rollback(BACK).output["version"] == "v1.1.0"


def test_a_rollback_is_on_the_audit_log(released: Slipway) -> None:
    ended = released.rollback({**BACK, "reason": "orders fail"})

    assert released.plane.audit.entries == [(ended.arn, "rollback", "ENV#sample-app#prod", {"commit": GOOD, "reason": "orders fail"})]


def test_what_is_echoed_and_listed_stays_short(released: Slipway) -> None:
    for number in range(100):
        released.make_live(f"{number:040x}", "prod", f"v2.{number}", LATER + timedelta(hours=number + 1))

    cause = released.rollback({**BACK, "version": "x" * 40_000}).cause

    assert "v2.99 (revision 102), v2.98 (revision 101)" in cause and cause.endswith("and 82 older ones.") and len(cause) < 1500


def test_a_rollback_holds_the_environment_until_somebody_resumes_it(released: Slipway) -> None:
    released.rollback({**BACK, "reason": "orders fail"})
    assert released.plane.leases.read(*PROD).hold == "an operator started a rollback: orders fail, to v1.0.0"

    arn = released.start_approval(BETTER, "v1.1.1")
    released.vote("grace")
    released.machines.until(lambda: "queued" in released.plane.timeline.kinds("DEPLOYMENT#to-prod"))
    assert released.plane.clusters.running == GOOD
    assert "prod is held: an operator started a rollback: orders fail" in next(
        message for _, kind, message, _ in released.plane.timeline.events if kind == "queued"
    )

    resumed = released.plane.run_step("resume", {"service": "sample-app", "environment": "prod", "actor": "grace"})

    assert resumed["next"] == "to-prod"
    assert released.machines.ended(arn).output["outcome"] == "live"
    assert released.plane.leases.read(*PROD).hold == ""
    assert released.plane.audit.entries[-1][:3] == ("grace", "resume", "ENV#sample-app#prod")


def test_a_held_environment_still_takes_rollbacks(released: Slipway) -> None:
    released.rollback(BACK)
    assert released.rollback({**BACK, "version": "v1.1.0"}, "rollback-2").output["outcome"] == "live"


def test_a_rollback_goes_before_everybody_who_waits(released: Slipway) -> None:
    plane = released.plane
    released.make_busy("somebody-else", "prod")
    released.start_approval(BETTER, "v1.1.1")
    released.vote("grace")
    released.machines.until(lambda: "queued" in plane.timeline.kinds("DEPLOYMENT#to-prod"))
    arn = released.machines.start("slipway-rollback", BACK, execution="rollback-1")
    released.machines.until(lambda: len(plane.leases.waiting(*PROD)) == 2)

    plane.run_step("release_lease", {"deployment": "somebody-else"})

    assert released.machines.ended(arn).output["outcome"] == "live"
    assert plane.leases.waiting(*PROD) == ["to-prod"], "and then the environment is held"


def test_of_two_rollbacks_at_once_one_waits_for_the_other(released: Slipway) -> None:
    arns = [released.machines.start("slipway-rollback", BACK, execution=f"rollback-{number}") for number in (1, 2)]

    assert [released.machines.ended(arn).output["commit"] for arn in arns] == [GOOD, GOOD]
    kinds = [(subject, kind) for subject, kind, _, _ in released.plane.timeline.events if kind in ("lease-acquired", "live")]
    assert [kind for _, kind in kinds] == ["lease-acquired", "live", "lease-acquired", "live"]
    assert released.plane.environments.state(*PROD).live == GOOD


def test_a_rollback_to_a_release_that_is_bad_now_puts_back_what_ran_and_fails(released: Slipway) -> None:
    released.plane.clusters.behaviour[GOOD] = "crash"

    ended = released.rollback(BACK)

    assert (ended.status, ended.error) == ("FAILED", "rolled-back")
    assert released.plane.clusters.running == BETTER
    assert released.plane.leases.read(*PROD).hold, "somebody has to look before the next push"


def test_a_deployment_that_calls_itself_a_rollback_goes_only_where_the_release_was_healthy(released: Slipway) -> None:
    released.make_ready(BAD)

    ended = released.deploy(BAD, "prod", kind=Kind.ROLLBACK)

    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert "was never healthy in prod" in ended.cause
