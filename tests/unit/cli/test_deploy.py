"""`slipway deploy`: what it sends, that it is said once, and that the exit status tells how the deployment ended."""

import re
from typing import Any

import httpx
import pytest

from tests.unit.cli.world import World, event

PATH = "/api/services/sample-app/environments/prod/deployments"
STARTED = {"deployment": "deploy-1", "version": "v2", "commit": "b" * 40, "asks": False, "hold": ""}
BEGUN = [event("planned", "sample-app goes to prod at v2", subject="DEPLOYMENT#deploy-1")]


def world(*, started: Any = STARTED, timelines: Any = None) -> World:
    ended = {"id": "deploy-1", "events": [*BEGUN, event("live", "2 checks against 3 pods passed", 5, "DEPLOYMENT#deploy-1")]}
    return World({f"POST {PATH}": started, "GET /api/timeline/deploy-1": timelines or ended})


def ends(kind: str, reason: str) -> dict[str, Any]:
    return {"id": "deploy-1", "events": [*BEGUN, event(kind, reason, 5, "DEPLOYMENT#deploy-1")]}


def test_it_stays_until_the_release_is_live() -> None:
    there = world(timelines=[(404, {"message": "There is no such thing."}), {"id": "deploy-1", "events": BEGUN}, ends("live", "2 checks passed")])
    result = there.run("deploy", "sample-app", "prod", "--version", "v2", "--reason", "again", "--yes")
    assert result.exit_code == 0, result.output
    assert "Started deploy-1: v2 (bbbbbbbbbbbb) goes to prod." in result.output
    assert result.output.count("sample-app goes to prod at v2") == 1
    assert "prod runs v2 (bbbbbbbbbbbb)." in result.output
    [body] = there.console.bodies()
    assert re.fullmatch("[0-9a-f]{16}", body.pop("key"))
    assert body == {"version": "v2", "reason": "again"}


@pytest.mark.parametrize("outcome", ["rolled-back", "needs-attention", "failed", "refused", "rejected", "expired", "superseded"])
def test_every_other_end_is_a_no_with_its_reason(outcome: str) -> None:
    result = world(timelines=ends(outcome, "because of that")).run("deploy", "sample-app", "prod", "--yes")
    assert (result.exit_code, f"The deployment ended as {outcome}: because of that" in result.output) == (1, True)


def test_a_lost_answer_is_asked_for_again_with_the_same_key() -> None:
    there = world(started=[httpx.ReadTimeout("late"), STARTED])
    assert there.run("deploy", "sample-app", "prod", "--yes", "--no-wait").exit_code == 0
    first, second = there.console.bodies()
    assert first == second and first["key"]


def test_an_override_gives_its_reason() -> None:
    there = world(started={**STARTED, "asks": True})
    result = there.run("deploy", "sample-app", "prod", "--override-freeze", "customers can't pay", "--yes", "--no-wait")
    assert "People are asked first. See: slipway approve deploy-1" in result.output
    assert "See: slipway timeline deploy-1 --follow" in result.output
    [body] = there.console.bodies()
    assert (body["override_freeze"], body["reason"]) == (True, "customers can't pay")


def test_a_hold_is_told_with_its_end() -> None:
    result = world(started={**STARTED, "hold": "rolled back to v1"}).run("deploy", "sample-app", "prod", "--yes", "--no-wait")
    assert "prod is held (rolled back to v1), so it waits until: slipway resume sample-app prod" in result.output


def test_what_slipway_does_not_take_is_its_own_sentence() -> None:
    result = world(started=(409, {"message": "prod is frozen until Monday."})).run("deploy", "sample-app", "prod", "--yes")
    assert (result.exit_code, result.output.strip()) == (1, "prod is frozen until Monday.")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--version", "v2", "--commit", "b" * 40], "--version and --commit can't both be given."),
        (["--reason", "x", "--override-freeze", "y"], "--override-freeze has the reason already: leave out --reason."),
        ([], "Nobody can be asked here"),
    ],
)
def test_a_wrong_command_sends_nothing(options: list[str], told: str) -> None:
    there = world()
    result = there.run("deploy", "sample-app", "prod", *options)
    assert (result.exit_code, told in result.output, there.console.requests) == (2, True, [])
