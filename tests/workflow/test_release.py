"""Every branch of `release`, with `deploy` nested in it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest

from slipway.domain.admission import Finding, Scan, ScanState, Severity
from slipway.domain.run import RunState
from slipway.ports import BuildResult
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW
from tests.workflow.conftest import Slipway

BUILT = BuildResult("sample-app", BETTER, bundle_digest=f"sha256:{BETTER}")


def finish_build(slipway: Slipway, result: BuildResult) -> None:
    """What CodeBuild's event does once the build was started."""
    slipway.machines.until(lambda: slipway.plane.builds.started)
    build = slipway.plane.builds.started[-1]
    slipway.plane.builds.results[build] = result
    slipway.plane.registry.digests[result.commit] = f"sha256:{result.commit}"
    slipway.plane.run_step("build_finished", {"build": build})


@pytest.fixture
def building() -> Callable[[Slipway, BuildResult], Thread]:
    def start(slipway: Slipway, result: BuildResult) -> Thread:
        thread = Thread(target=finish_build, args=(slipway, result))
        thread.start()
        return thread

    return start


def test_a_new_commit_is_built_admitted_and_deployed(slipway: Slipway, building: Callable[[Slipway, BuildResult], Thread]) -> None:
    thread = building(slipway, BUILT)

    ended = slipway.release(BETTER)
    thread.join()

    assert ended.status == "SUCCEEDED", ended
    assert slipway.plane.runs.runs["run-1"].state is RunState.LIVE
    assert slipway.plane.clusters.running == BETTER
    assert slipway.plane.builds.started == [f"slipway-build:{BETTER}-1"]


def test_a_known_release_is_deployed_without_a_build(slipway: Slipway) -> None:
    ended = slipway.release(GOOD)

    assert ended.status == "SUCCEEDED", ended
    assert slipway.plane.builds.started == []
    assert "Build" not in ended.states


def test_a_commit_that_the_gate_refuses_deploys_nothing_and_says_why(slipway: Slipway, building: Callable[[Slipway, BuildResult], Thread]) -> None:
    thread = building(slipway, BuildResult("sample-app", BAD, refusal="pytest: 1 failed"))

    ended = slipway.release(BAD)
    thread.join()

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "refused", "pytest: 1 failed")
    assert slipway.plane.clusters.upgrades == 0
    assert slipway.plane.runs.runs["run-1"].reason == "pytest: 1 failed"


def test_a_refused_commit_is_not_built_again(slipway: Slipway, building: Callable[[Slipway, BuildResult], Thread]) -> None:
    thread = building(slipway, BuildResult("sample-app", BAD, refusal="pytest: 1 failed"))
    slipway.release(BAD)
    thread.join()

    ended = slipway.release(BAD, run="run-2")

    assert ended.cause == "pytest: 1 failed"
    assert len(slipway.plane.builds.started) == 1


def test_a_build_that_breaks_is_tried_again(slipway: Slipway, building: Callable[[Slipway, BuildResult], Thread]) -> None:
    def break_then_build() -> None:
        finish_build(slipway, BuildResult("sample-app", BETTER, broken="the machine was lost"))
        slipway.machines.until(lambda: len(slipway.plane.builds.started) == 2)
        finish_build(slipway, BUILT)

    thread = Thread(target=break_then_build)
    thread.start()
    ended = slipway.release(BETTER)
    thread.join()

    assert ended.status == "SUCCEEDED", ended
    assert slipway.plane.builds.started == [f"slipway-build:{BETTER}-1", f"slipway-build:{BETTER}-2"]


def test_a_scan_is_waited_for_and_what_it_finds_keeps_the_release_out(slipway: Slipway, building: Callable[[Slipway, BuildResult], Thread]) -> None:
    image, scans = f"sha256:{BETTER}", slipway.plane.registry.scans
    scans[image] = Scan(ScanState.UNFINISHED)
    thread = building(slipway, BUILT)
    arn = slipway.machines.start("slipway-release", {"run": "run-1", "service": "sample-app", "ref": "refs/heads/develop", "commit": BETTER}, execution="run-1")
    thread.join()
    slipway.machines.until_entered(arn, "AwaitScan")
    scans[image] = Scan(ScanState.FINISHED, (Finding(("CVE-2026-1",), "openssl", Severity.CRITICAL),))

    ended = slipway.machines.ended(arn)

    assert (ended.status, ended.error) == ("FAILED", "refused")
    assert ended.cause.startswith("Known vulnerabilities: CVE-2026-1 (critical) in openssl")
    assert slipway.plane.clusters.upgrades == 0

    scans[image] = Scan(ScanState.FINISHED)
    assert slipway.release(BETTER, run="run-2").status == "SUCCEEDED"
    assert len(slipway.plane.builds.started) == 1


def test_two_runs_of_one_commit_share_one_build(slipway: Slipway) -> None:
    request = {"service": "sample-app", "ref": "refs/heads/develop", "commit": BETTER}
    arns = [slipway.machines.start("slipway-release", {"run": run, **request}, execution=run) for run in ("run-1", "run-2")]
    slipway.machines.until(lambda: len(slipway.plane.releases.waiters.get(("sample-app", BETTER), {})) == 2)

    finish_build(slipway, BUILT)

    assert [slipway.machines.ended(arn).status for arn in arns] == ["SUCCEEDED", "SUCCEEDED"]
    assert slipway.plane.clusters.running == BETTER
    assert len(slipway.plane.builds.started) == 1


def test_an_environment_that_ends_badly_keeps_the_release_from_the_next(slipway: Slipway) -> None:
    slipway.make_ready(BAD)
    slipway.plane.clusters.behaviour[BAD] = "crash"

    ended = slipway.release(BAD, ref="refs/heads/main")  # main goes to dev and stage

    assert ended.status == "FAILED"
    assert ended.cause.startswith("dev: rolled-back")
    assert [deployment.environment for deployment in slipway.plane.deployments.of_run("run-1")] == ["dev"]


def test_a_run_that_a_newer_push_has_overtaken_ends_superseded_and_has_not_failed(slipway: Slipway) -> None:
    slipway.make_ready(BETTER)
    slipway.deploy(BETTER, execution="newer", asked_at=(NOW + timedelta(hours=1)).isoformat())

    ended = slipway.release(GOOD)

    assert (ended.status, ended.states[-1]) == ("SUCCEEDED", "RunSuperseded")
    assert slipway.plane.runs.runs["run-1"].state is RunState.SUPERSEDED
    assert slipway.plane.runs.runs["run-1"].reason == "dev: superseded (newer is newer and goes to dev instead)"
    assert slipway.plane.clusters.running == BETTER


def test_a_build_without_an_image_in_the_registry_is_refused(slipway: Slipway) -> None:
    def finish_without_image() -> None:
        finish_build(slipway, BUILT)

    slipway.plane.registry.digests = _Nothing()
    thread = Thread(target=finish_without_image)
    thread.start()
    ended = slipway.release(BETTER)
    thread.join()

    assert ended.cause == "The build left no image tagged with the commit in the registry."
    assert slipway.plane.clusters.upgrades == 0


def test_an_unknown_service_fails_with_a_sentence(slipway: Slipway) -> None:
    ended = slipway.machines.run("slipway-release", {"run": "run-9", "service": "nonsense", "ref": "refs/heads/main", "commit": GOOD}, execution="run-9")

    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert "slipway.yaml has sample-app" in ended.cause


class _Nothing(dict[str, str]):
    """A registry that never has an image."""

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
        return default
