"""Every branch of `deploy`, with the real ASL and the real steps."""

from dataclasses import replace

from slipway.domain.deployment import RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.ports import HelmRelease
from tests.fakes.control_plane import BAD, BETTER, GOOD
from tests.fakes.world import admitted
from tests.workflow.conftest import Slipway


def state(slipway: Slipway) -> EnvironmentState:
    return slipway.plane.environments.state("sample-app", "dev")


def test_a_good_release_becomes_live_and_gives_the_lease_back(slipway: Slipway) -> None:
    ended = slipway.deploy(GOOD)

    assert ended.status == "SUCCEEDED", ended
    assert ended.output == {"outcome": "live", "reason": "1 checks against 1 pods passed"}
    assert state(slipway) == EnvironmentState(live=GOOD, last_good=GOOD)
    assert slipway.lease_owner == ""
    assert slipway.plane.timeline.kinds(f"DEPLOYMENT#run-{GOOD[:6]}-dev") == [
        "planned",
        "lease-acquired",
        "applied",
        "rollout-complete",
        "smoke-passed",
        "live",
    ]


def test_a_crash_loop_puts_the_previous_release_back_and_shows_the_pods_last_words(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back", ended
    assert slipway.plane.clusters.running == GOOD
    assert state(slipway) == EnvironmentState(live=GOOD, last_good=GOOD)
    assert slipway.lease_owner == ""
    evidence = next(evidence for _, kind, _, evidence in slipway.plane.timeline.events if kind == "rollout-failed")
    assert evidence["pod"] == "pod-1" and evidence["exit_code"] == 3 and evidence["log"] == "exiting, as asked"


def test_a_release_that_admit_has_not_signed_as_it_stands_changes_nothing(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    signed = admitted("sample-app", BETTER, f"sha256:{BETTER}", f"sha256:{BETTER}")
    slipway.plane.releases.releases["sample-app", BETTER] = replace(signed, image_digest="sha256:of-somebody-else")

    ended = slipway.deploy(BETTER)

    assert ended.output["outcome"] == "failed"
    assert "doesn't have Admit's signature over its image and bundle" in ended.output["reason"]
    assert (slipway.plane.clusters.upgrades, slipway.plane.clusters.running) == (0, GOOD)
    assert slipway.lease_owner == ""


def test_an_image_that_cannot_be_pulled_is_taken_back(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "image"

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back"
    assert "ErrImagePull: digest mismatch" in ended.output["reason"]


def test_a_release_that_is_ready_but_answers_wrongly_is_taken_back(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "sick"

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back"
    assert "GET /: status 500, expected 200" in ended.output["reason"]
    assert slipway.plane.clusters.running == GOOD


def test_a_failed_first_deployment_leaves_nothing_behind(slipway: Slipway) -> None:
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back", ended
    assert slipway.plane.clusters.revisions == []
    assert state(slipway) == EnvironmentState()


def test_helm_saying_no_is_taken_back(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.refuse_upgrade = "admission webhook denied the request"

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back"
    assert "admission webhook denied the request" in ended.output["reason"]
    assert slipway.plane.clusters.running == GOOD


def test_a_restore_target_that_is_bad_too_needs_attention_and_frees_the_lease(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour |= {BAD: "crash", GOOD: "crash"}

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "needs-attention", ended
    assert "terminated 2 times" in state(slipway).needs_attention
    assert state(slipway).last_good == GOOD
    assert slipway.lease_owner == ""


def test_helm_refusing_to_go_back_needs_attention(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"
    slipway.plane.clusters.refuse_rollback = "no such revision"

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "needs-attention"
    assert "no such revision" in ended.output["reason"]
    assert slipway.lease_owner == ""


def test_a_rollout_that_never_completes_is_taken_back_when_its_time_is_over(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "stuck"
    slipway.plane.seconds_per_look = 50  # of the fake clock: the watch is resumed a few times before 600 s are over

    ended = slipway.deploy(BAD)

    assert ended.output["outcome"] == "rolled-back", ended
    assert "didn't complete in time: sample-app: 1 of 1 new pods, 0 available" in ended.output["reason"]
    assert ended.states.count("WatchRollout") > 1


def test_a_killed_helm_is_recovered_by_the_retry(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    apply, cluster = slipway.functions["slipway-apply"], slipway.plane.clusters

    def killed_once(event: dict[str, object]) -> object:
        slipway.functions["slipway-apply"] = apply
        slipway.plane.deployments.remember_restore_point(str(event["deployment"]), slipway_point())
        cluster.revisions.append(HelmRelease(2, "pending-upgrade", BETTER))
        raise type("Runtime.ExitError", (Exception,), {})("exit status 137")

    slipway.functions["slipway-apply"] = killed_once

    ended = slipway.deploy(BETTER)

    assert ended.output["outcome"] == "live", ended
    assert cluster.running == BETTER
    assert "recovered" in slipway.plane.timeline.kinds(f"DEPLOYMENT#run-{BETTER[:6]}-dev")


def slipway_point() -> RestorePoint:
    return RestorePoint(1, GOOD)


def test_an_error_that_retries_do_not_cure_is_taken_back_like_a_no(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    slipway.fail_always("slipway-smoke-test", "TemporarilyUnavailable")

    ended = slipway.deploy(BETTER)

    assert ended.output["outcome"] == "rolled-back"
    assert "TemporarilyUnavailable" in ended.output["reason"]
    assert slipway.plane.clusters.running == GOOD


def test_a_lost_lease_stops_the_deployment_without_touching_anything(slipway: Slipway) -> None:
    slipway.make_live(GOOD)
    slipway.make_ready(BETTER)
    apply = slipway.functions["slipway-apply"]

    def after_somebody_took_the_lease(event: dict[str, object]) -> object:
        slipway.plane.leases.leases["sample-app", "dev"] = slipway.plane.leases.read("sample-app", "dev").granted_to("somebody-else")
        return apply(event)

    slipway.functions["slipway-apply"] = after_somebody_took_the_lease

    ended = slipway.deploy(BETTER)

    assert ended.output["outcome"] == "failed", ended
    assert slipway.plane.clusters.upgrades == 0
    assert slipway.lease_owner == "somebody-else"
    assert state(slipway).live == GOOD


def test_a_deployment_of_nothing_fails_with_a_sentence(slipway: Slipway) -> None:
    ended = slipway.deploy("d" * 40)

    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert "no release at dddd" in ended.cause


def test_deployments_of_one_environment_take_turns(slipway: Slipway) -> None:
    slipway.make_ready(BETTER)
    slipway.make_busy("somebody-else", "dev")

    arn = slipway.start_deploy(BETTER, execution="waiting")
    slipway.machines.until(lambda: "queued" in slipway.plane.timeline.kinds("DEPLOYMENT#waiting"))
    assert slipway.plane.clusters.upgrades == 0
    slipway.plane.run_step("release_lease", {"deployment": "somebody-else"})

    assert slipway.machines.ended(arn).output["outcome"] == "live"
