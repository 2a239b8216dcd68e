"""OpenRun: what a run is for, who caused it and when, and which image it needn't build."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from slipway.domain.release import Release, ReleaseState
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane

APP = "sample-app"
WANTED = {"run": "run-1", "service": APP, "ref": "refs/heads/main", "commit": BETTER, "pusher": "ada"}


@pytest.fixture
def plane() -> ControlPlane:
    """The image of good is in the registry, and its release is ready."""
    plane = ControlPlane()
    plane.registry.digests[GOOD] = "sha256:good"
    plane.releases.save(Release(APP, GOOD, ReleaseState.READY, "build", "sha256:good", "sha256:bundle"))
    return plane


def opened(plane: ControlPlane, **changes: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = plane.run_step("open_run", {**WANTED, **changes})
    return found


def test_every_target_knows_who_pushed_and_when(plane: ControlPlane) -> None:
    at = NOW - timedelta(seconds=3)
    targets = opened(plane, asked_at=at.isoformat(), by="deploy key (ada)")["targets"]
    assert [target["environment"] for target in targets] == ["dev", "stage"]
    assert {(target["pusher"], target["asked_at"]) for target in targets} == {("ada", "2026-11-24T11:59:57Z")}
    assert {target["cause"] for target in targets} == {f"refs/heads/main at {BETTER[:12]} was pushed by deploy key (ada)"}


def test_a_commit_with_the_same_image_is_tagged_with_it_before_the_build(plane: ControlPlane) -> None:
    assert opened(plane, image_of=GOOD)["release"] == "unknown"
    assert plane.registry.digests[BETTER] == "sha256:good"
    assert "image-kept" in plane.timeline.kinds("RUN#run-1")


@pytest.mark.parametrize("state", [ReleaseState.BUILDING, ReleaseState.BUILT, ReleaseState.REFUSED, None])
def test_an_image_that_was_never_admitted_is_not_kept(plane: ControlPlane, state: ReleaseState | None) -> None:
    plane.releases.releases.clear()
    if state is not None:
        plane.releases.save(Release(APP, GOOD, state, "build", "sha256:good", "sha256:bundle"))
    opened(plane, image_of=GOOD)
    assert BETTER not in plane.registry.digests
    assert "image-kept" not in plane.timeline.kinds("RUN#run-1")


def test_a_commit_keeps_the_image_that_was_built_for_it(plane: ControlPlane) -> None:
    plane.registry.digests[BETTER] = "sha256:better"
    opened(plane, image_of=GOOD)
    assert plane.registry.digests[BETTER] == "sha256:better"
    assert "image-kept" not in plane.timeline.kinds("RUN#run-1")


def test_a_tag_names_its_commit_and_a_branch_names_none(plane: ControlPlane) -> None:
    opened(plane)
    opened(plane, ref="refs/tags/v1.0.0", commit=GOOD)
    tagged = plane.releases.tagged(APP, "v1.0.0")
    assert tagged is not None and tagged.commit == GOOD
    assert plane.releases.tagged(APP, "main") is plane.releases.tagged(APP, BETTER[:12]) is None


def test_who_pushed_a_commit_is_remembered_also_when_the_run_is_refused(plane: ControlPlane) -> None:
    opened(plane, ref="refs/tags/v1.0.0")
    opened(plane, pusher="", by="github-actions[bot]")
    assert plane.releases.pushers(APP, BETTER) == ["ada"]
