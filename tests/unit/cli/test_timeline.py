"""`slipway timeline`: each event once, with its evidence, until nothing more is to come."""

import json

import httpx
import pytest

from cli.answers import Timeline, parse
from cli.timeline import is_closed
from tests.unit.cli.world import World, event

PATH = "GET /api/timeline/r1"
OPENED = event("opened", "pushed by ada", 1, subject="RUN#r1")
FAILED = event("rollout-failed", "terminated 2 times\nwith exit code 3", 4, pod="app-1", exit_code=3, log="first line\n[/]no ledger\n")
BACK = event("rolled-back", "the earlier release is back", 6)
CLOSED = event("closed", "failed", 7, subject="RUN#r1")


def test_a_timeline_shows_times_kinds_messages_and_log_lines() -> None:
    shown = World({PATH: {"id": "r1", "events": [OPENED, FAILED, BACK, CLOSED]}}).run("timeline", "r1")
    assert shown.exit_code == 0
    assert [line.rstrip() for line in shown.stdout.splitlines()] == [
        "run r1",
        "  2026-11-25 10:00:01Z  opened            pushed by ada",
        "deployment d1",
        "  2026-11-25 10:00:04Z  rollout-failed    terminated 2 times",
        "                         with exit code 3",
        "                         pod app-1, exit_code 3",
        "                         log:",
        "                         | first line",
        "                         | [/]no ledger",
        "  2026-11-25 10:00:06Z  rolled-back       the earlier release is back",
        "run r1",
        "  2026-11-25 10:00:07Z  closed            failed",
    ]


def test_following_asks_again_until_the_run_is_closed_and_shows_each_event_once() -> None:
    answers = [{"id": "r1", "events": events} for events in ([OPENED], [OPENED, BACK], [OPENED, FAILED, BACK, CLOSED])]
    world = World({PATH: answers})
    shown = world.run("timeline", "r1", "--follow")
    assert shown.exit_code == 0
    assert [shown.stdout.count(f"Z  {found['kind']} ") for found in (OPENED, FAILED, BACK, CLOSED)] == [1, 1, 1, 1]
    assert len(world.slept) == 2


def test_following_outlives_a_console_that_is_away_for_a_moment() -> None:
    world = World({PATH: [httpx.ConnectError("refused"), (503, {"message": "later"}), {"id": "r1", "events": [BACK]}]})
    assert world.run("timeline", "r1", "--follow").exit_code == 0


def test_following_gives_up_when_the_console_stays_away() -> None:
    shown = World({PATH: httpx.ConnectError("refused")}).run("timeline", "r1", "--follow")
    assert (shown.exit_code, "doesn't answer: refused" in shown.stderr) == (2, True)


def test_following_as_json_prints_one_document_at_the_end() -> None:
    world = World({PATH: [{"id": "r1", "events": [OPENED]}, {"id": "r1", "events": [OPENED, CLOSED]}]})
    assert json.loads(world.run("timeline", "r1", "--follow", "--json").stdout)["events"] == [OPENED, CLOSED]


def test_an_unknown_name_is_answered_with_the_consoles_hint() -> None:
    shown = World({PATH: (404, {"message": "There is no run r1; see status."})}).run("timeline", "r1", "--follow")
    assert (shown.exit_code, shown.stderr.strip()) == (2, "There is no run r1; see status.")


@pytest.mark.parametrize("name", ["..", "."])
def test_a_name_that_would_lead_elsewhere_is_not_asked_for(name: str) -> None:
    world = World({})
    assert world.run("timeline", name).exit_code == 2
    assert not world.console.requests


@pytest.mark.parametrize(
    ("kinds", "closed"),
    [
        ([], False),
        (["planned"], False),
        (["planned", "live"], True),
        (["opened", "live"], False),
        (["opened", "rolled-back", "closed"], True),
        (["opened", "closed"], True),
        (["planned", "needs-attention"], True),
        (["restoring", "restored"], False),
    ],
)
def test_a_run_ends_with_its_close_and_a_deployment_with_its_outcome(kinds: list[str], closed: bool) -> None:
    assert is_closed(parse(Timeline, {"id": "x", "events": [event(kind) for kind in kinds]})) is closed
