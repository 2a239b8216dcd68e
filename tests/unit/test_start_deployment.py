"""A deployment by hand: the same release, the same policies, the same questions as after a push, and a sentence at once when something is in the way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from slipway.adapters.configuration import parse
from slipway.domain.deployment import DeployRequest, Kind
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.release import Release, ReleaseState
from slipway.errors import InvalidInput
from tests.fakes.control_plane import BAD, BETTER, CONFIGURATION, GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows

APP = "sample-app"
FROZEN = """        freeze: [{days: [Tue], zone: Europe/Berlin}]
        freeze_override: {approvers: [grace]}
"""
WANTED = {"service": APP, "environment": "prod", "actor": "ada", "login": "ada", "key": "key-1"}


def with_freeze(text: str = FROZEN) -> str:
    return CONFIGURATION.replace("    smoke:\n", text + "    smoke:\n", 1)


@pytest.fixture
def plane() -> ControlPlane:
    """v1.0.0 (good) is live in prod since yesterday; better is live in stage and has never been to prod."""
    plane = ControlPlane()
    for commit in (GOOD, BETTER):
        plane.releases.save(Release(APP, commit, ReleaseState.READY, "build", f"sha256:{commit}", "sha256:bundle"))
        plane.environments.releases[APP, "stage", commit] = HealthyRelease(commit, f"sha256:{commit}", (commit[:12],), (1,), NOW)
    plane.releases.label(APP, "v1.1.0", BETTER, NOW)
    plane.environments.releases[APP, "prod", GOOD] = HealthyRelease(GOOD, f"sha256:{GOOD}", ("v1.0.0",), (1,), NOW - timedelta(days=1))
    plane.environments.states[APP, "prod"] = EnvironmentState(live=GOOD, last_good=GOOD)
    return plane


def start(plane: ControlPlane, **changes: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = plane.run_step("start_deployment", {**WANTED, **changes})
    return found


def asked_for(plane: ControlPlane) -> list[DeployRequest]:
    assert isinstance(plane.workflows, FakeWorkflows)
    return list(plane.workflows.deployments.values())


@pytest.mark.parametrize(
    ("named", "commit", "version"),
    [
        ({}, GOOD, "v1.0.0"),
        ({"version": "v1.1.0"}, BETTER, "v1.1.0"),
        ({"version": BETTER[:7]}, BETTER, BETTER[:12]),
        ({"commit": GOOD[:12]}, GOOD, "v1.0.0"),
    ],
)
def test_a_release_is_named_by_nothing_tag_or_commit(plane: ControlPlane, named: dict[str, str], commit: str, version: str) -> None:
    started = start(plane, **named)
    [request] = asked_for(plane)
    assert (started["commit"], started["version"], started["asks"], started["hold"]) == (commit, version, True, "")
    assert (request.deployment, request.commit, request.version, request.kind) == (started["deployment"], commit, version, Kind.RELEASE)
    assert (request.pusher, request.cause, request.asked_at) == ("ada", f"ada asked for {version} by hand", NOW)


def test_the_same_wish_twice_is_one_deployment_and_another_wish_another(plane: ControlPlane) -> None:
    names = {start(plane)["deployment"], start(plane)["deployment"], start(plane, key="key-2")["deployment"]}
    assert len(names) == len(asked_for(plane)) == 2
    assert [plane.timeline.kinds(f"DEPLOYMENT#{name}") for name in names] == [["started-by-hand"]] * 2
    assert all(len(name) <= 80 for name in names)


def test_who_asked_and_why_is_on_record(plane: ControlPlane) -> None:
    start(plane, reason="the nodes were rebuilt")
    assert plane.audit.entries == [("ada", "deploy", "ENV#sample-app#prod", {"commit": GOOD, "reason": "the nodes were rebuilt"})]
    assert asked_for(plane)[0].cause == "ada asked for v1.0.0 by hand: the nodes were rebuilt"


def test_that_the_environment_is_held_is_told(plane: ControlPlane) -> None:
    plane.leases.leases[APP, "prod"] = replace(plane.leases.read(APP, "prod"), hold="rolled back to v1.0.0")
    assert start(plane)["hold"] == "rolled back to v1.0.0"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"service": "nonsense"}, "There is no service 'nonsense'; slipway.yaml has sample-app."),
        ({"environment": "nowhere"}, "sample-app has no environment 'nowhere'; it has dev, stage, prod."),
        ({"version": "v9"}, "sample-app has no release 'v9': a commit becomes one by being pushed and built. Healthy in stage: "),
        ({"commit": BAD}, f"sample-app has no release '{BAD}'"),
        ({"commit": "v1.1.0"}, "sample-app has no release 'v1.1.0'"),
        ({"version": "v1.1.0", "commit": GOOD}, "version and commit can't both be given."),
        ({"environment": "dev"}, "Nothing is live for sample-app in dev: name a release by its version or commit."),
        ({"override_freeze": True}, "An override needs a reason"),
    ],
)
def test_what_cannot_be_done_is_answered_with_a_sentence_and_starts_nothing(plane: ControlPlane, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidInput) as told:
        start(plane, **changes)
    assert sentence in str(told.value)
    assert asked_for(plane) == plane.audit.entries == []


def test_digits_that_begin_two_commits_are_not_enough(plane: ControlPlane) -> None:
    plane.releases.save(Release(APP, GOOD[:39] + "0", ReleaseState.READY, "build", "sha256:2", "sha256:2"))
    with pytest.raises(InvalidInput, match="begins 2 releases of sample-app: give more digits"):
        start(plane, commit=GOOD[:12])


def test_a_release_that_was_refused_stays_refused(plane: ControlPlane) -> None:
    plane.releases.save(Release(APP, BAD, ReleaseState.REFUSED, "build", reason="the gate said no"))
    with pytest.raises(InvalidInput, match="isn't ready but refused"):
        start(plane, commit=BAD)


def test_a_tag_that_looks_like_a_commit_does_not_come_in_its_place(plane: ControlPlane) -> None:
    plane.releases.label(APP, GOOD[:12], BETTER, NOW)
    assert start(plane, commit=GOOD[:12])["commit"] == GOOD


def test_what_an_environment_requires_it_requires_of_a_deployment_by_hand_too(plane: ControlPlane) -> None:
    del plane.environments.releases[APP, "stage", BETTER]
    assert start(plane, version="v1.1.0")["reason"].startswith("prod takes only releases that were healthy in stage")
    assert start(plane, override_freeze=True, reason="urgent") == {
        "reason": "prod has no freeze_override in slipway.yaml, so nobody may decide against its freeze."
    }
    assert asked_for(plane) == plane.audit.entries == []


def test_a_frozen_environment_takes_nothing_by_hand_but_with_an_override(plane: ControlPlane) -> None:
    plane.configurations.configuration = parse(with_freeze(), "slipway.yaml")
    assert start(plane)["reason"].startswith("prod is frozen until Wed 2026-11-25 00:00 Europe/Berlin")
    assert asked_for(plane) == plane.audit.entries == []
    started = start(plane, override_freeze=True, reason="customers can't pay")
    [request] = asked_for(plane)
    assert (request.kind, request.cause) == (Kind.OVERRIDE, "ada asked for v1.0.0 by hand in spite of the freeze: customers can't pay")
    assert started["asks"]
    assert plane.audit.entries == [("ada", "override", "ENV#sample-app#prod", {"commit": GOOD, "reason": "customers can't pay"})]


def test_an_override_of_nothing_is_a_mistake(plane: ControlPlane) -> None:
    plane.configurations.configuration = parse(with_freeze(FROZEN.replace("Tue", "Sun")), "slipway.yaml")
    with pytest.raises(InvalidInput, match="prod isn't frozen now: leave out the override"):
        start(plane, override_freeze=True, reason="urgent")
