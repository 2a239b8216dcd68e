"""Deployments by hand over the JSON API: who signed counts as the pusher, and the body is checked."""

import pytest

from slipway.domain.environment import EnvironmentState
from slipway.domain.release import Release, ReleaseState
from tests.fakes.control_plane import GOOD
from tests.fakes.world import FakeWorkflows
from tests.unit.console.browsing import Platform, Program

APP = "sample-app"
DEPLOYMENTS = "/api/services/sample-app/environments/dev/deployments"
KEY = {"key": "0123456789abcdef"}


@pytest.fixture
def program(platform: Platform) -> Program:
    platform.releases.save(Release(APP, GOOD, ReleaseState.READY, "build", "sha256:image", "sha256:bundle"))
    platform.environments.states[APP, "dev"] = EnvironmentState(live=GOOD, last_good=GOOD)
    return Program(platform)


def started(platform: Platform) -> list[tuple[str, str]]:
    assert isinstance(platform.workflows, FakeWorkflows)
    return [(request.pusher, request.cause) for request in platform.workflows.deployments.values()]


def test_who_signed_counts_as_the_pusher(program: Program, platform: Platform) -> None:
    answer = program.post(DEPLOYMENTS, {**KEY, "reason": "once\nmore"})
    assert answer.status_code == 202
    assert started(platform) == [("grace", f"grace asked for {GOOD[:12]} by hand: once more")]
    assert answer.json() == {"deployment": answer.json()["deployment"], "version": GOOD[:12], "commit": GOOD, "asks": False, "hold": ""}


@pytest.mark.usefixtures("program")
def test_a_principal_whom_nobody_knows_is_nobodys_pusher(platform: Platform) -> None:
    arn = "arn:aws:iam::123456789012:user/stranger"
    assert Program(platform, arn).post(DEPLOYMENTS, KEY).status_code == 202
    assert started(platform) == [("", f"{arn} asked for {GOOD[:12]} by hand")]


@pytest.mark.usefixtures("program")
def test_nobody_gets_in_without_a_signature(platform: Platform) -> None:
    assert Program(platform, "").post(DEPLOYMENTS, KEY).status_code == 403
    assert started(platform) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "key: Field required"),
        ({"key": "short"}, "key: String should match pattern"),
        ({**KEY, "commit": "main"}, "commit: String should match pattern"),
        ({**KEY, "pusher": "ada"}, "pusher: Extra inputs are not permitted"),
        ({**KEY, "override_freeze": "yes"}, "override_freeze: Input should be a valid boolean"),
        ({**KEY, "version": "v" * 201}, "version: String should have at most 200 characters"),
        ({**KEY, "version": "v9"}, "sample-app has no release 'v9'"),
    ],
)
def test_a_wrong_body_is_answered_with_a_sentence(program: Program, platform: Platform, body: dict[str, object], told: str) -> None:
    answer = program.post(DEPLOYMENTS, body)
    assert answer.status_code == 400 and told in answer.json()["message"]
    assert started(platform) == []


def test_what_the_environment_does_not_take_now_is_a_no(program: Program, platform: Platform) -> None:
    answer = program.post(DEPLOYMENTS.replace("dev", "prod"), {**KEY, "commit": GOOD})
    assert (answer.status_code, started(platform)) == (409, [])
    assert answer.json()["message"].startswith("prod takes only releases that were healthy in stage")
