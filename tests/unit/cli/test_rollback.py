"""`slipway rollback`: shows, asks, starts, waits, and ends with the workflow's own word."""

import json
from typing import Any

import httpx
import pytest

from cli.dev_cli import application as dev_cli
from cli.failures import No, WrongUsage
from cli.workflows import State
from tests.unit.cli.world import FakeWorkflows, World, event, status_of

ROLLBACK = ("rollback", "sample-app", "prod")
STATUS, TIMELINE = "GET /api/status", "GET /api/timeline/rollback-1"
RUNNING = State("RUNNING")
DONE = State("SUCCEEDED", {"outcome": "live", "reason": "live", "version": "v2", "deployment": "d1"})
PLANNED, APPLIED, LIVE = event("planned", "from v3 to v2", 1), event("applied", "Helm revision 6 is applied", 2), event("live", "it runs", 3)


def world(*states: State, **changes: Any) -> World:
    timeline = [{"id": "rollback-1", "events": events} for events in ([PLANNED], [PLANNED, APPLIED], [PLANNED, APPLIED, LIVE])]
    answers: dict[str, Any] = {STATUS: status_of(), TIMELINE: timeline}
    return World({**answers, **changes.pop("answers", {})}, FakeWorkflows(list(states or (RUNNING, RUNNING, DONE))), **changes)


def test_a_rollback_shows_both_ends_and_events_as_they_come_and_says_what_to_do_next() -> None:
    there = world()
    done = there.run(*ROLLBACK, "--yes", "--reason", "too slow")
    assert done.exit_code == 0, done.output
    assert there.workflows.started == [{"service": "sample-app", "environment": "prod", "reason": "too slow"}]
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert rows[1:4] == [
        "live v3 (cccccccccccc)",
        "goes back to v2 (bbbbbbbbbbbb), revisions 2, 4, healthy since 2026-11-22 12:00:00Z",
        "could also be v1 (aaaaaaaaaaaa), revision 1, healthy since 2026-11-21 12:00:00Z",
    ]
    assert [done.stdout.count(f"Z  {found['kind']} ") for found in (PLANNED, APPLIED, LIVE)] == [1, 1, 1]
    assert "prod runs v2 again." in done.stdout
    assert "slipway resume sample-app prod" in done.stdout
    assert there.slept == [1, 1]


@pytest.mark.parametrize(
    ("options", "request_", "shown"),
    [
        ((), {}, "goes back to v2 "),
        (("--revision", "1"), {"revision": 1}, "goes back to v1 "),
        (("--revision", "4"), {"revision": 4}, "goes back to v2 "),
        (("--version", "rc1"), {"version": "rc1"}, "goes back to v2 "),
        (("--version", "a" * 7), {"version": "a" * 7}, "goes back to v1 "),
        (("--version", "a" * 6), {"version": "a" * 6}, "never healthy here, so Slipway will refuse"),
        (("--revision", "99"), {"revision": 99}, "revision 99: never healthy here, so Slipway will refuse"),
    ],
)
def test_what_would_be_live_is_shown_and_what_was_asked_for_is_sent(options: tuple[str, ...], request_: dict[str, Any], shown: str) -> None:
    there = world(DONE)
    done = there.run(*ROLLBACK, "--yes", *options)
    assert there.workflows.started == [{"service": "sample-app", "environment": "prod", **request_}]
    assert shown in " ".join(done.stdout.split())


def test_revision_and_version_together_are_wrong_usage() -> None:
    there = world()
    assert there.run(*ROLLBACK, "--revision", "1", "--version", "v1").exit_code == 2
    assert not there.workflows.started


def test_without_a_terminal_and_without_yes_nothing_is_started() -> None:
    there = world()
    done = there.run(*ROLLBACK)
    assert (done.exit_code, "Add --yes" in done.stderr, there.workflows.started) == (2, True, [])


def test_a_person_who_says_no_starts_nothing() -> None:
    there = world(interactive=True)
    done = there.run(*ROLLBACK, said="n\n")
    assert (done.exit_code, "Nothing was changed." in done.stderr, there.workflows.started) == (1, True, [])


def test_a_person_who_says_yes_starts_it() -> None:
    there = world(interactive=True)
    assert there.run(*ROLLBACK, said="y\n").exit_code == 0
    assert len(there.workflows.started) == 1


def test_without_waiting_it_says_where_to_look() -> None:
    there = world(RUNNING)
    done = there.run(*ROLLBACK, "--yes", "--no-wait")
    assert (done.exit_code, there.slept) == (0, [])
    assert "slipway timeline rollback-1 --follow" in done.stdout


LAMBDA_CAUSE = json.dumps({"errorMessage": "'v9' was never healthy. Valid: v2.", "errorType": "InvalidInput"})


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State("FAILED", error="InvalidInput", cause="Revision 9 was never healthy. Valid: v2."), "Revision 9 was never healthy. Valid: v2."),
        (State("FAILED", error="InvalidInput", cause=LAMBDA_CAUSE), "'v9' was never healthy. Valid: v2."),
        (State("FAILED", error="needs-attention", cause="pods crash"), "The rollback ended as needs-attention: pods crash"),
        (State("FAILED", error="States.TaskFailed", cause=json.dumps({"Cause": LAMBDA_CAUSE})), "ended as States.TaskFailed: 'v9' was never healthy."),
        (State("SUCCEEDED", {"outcome": "rolled-back", "reason": "probe fails"}), "The rollback ended as rolled-back: probe fails"),
        (State("ABORTED"), "The rollback was aborted."),
        (State("TIMED_OUT"), "The rollback took too long."),
        (State("FAILED"), "The rollback ended as failed."),
    ],
)
def test_a_rollback_that_ends_otherwise_is_a_no_with_the_workflows_sentence(state: State, sentence: str) -> None:
    done = world(RUNNING, state).run(*ROLLBACK, "--yes")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert "again." not in done.stdout


@pytest.mark.parametrize("output", [None, {}, "text"])
def test_an_output_that_nobody_understands_is_no_success(output: Any) -> None:
    assert world(State("SUCCEEDED", output)).run(*ROLLBACK, "--yes").exit_code == 2


def test_a_rollback_goes_ahead_when_the_console_doesnt_answer() -> None:
    away = httpx.ConnectError("refused")
    there = world(answers={STATUS: away, TIMELINE: away})
    done = there.run(*ROLLBACK, "--yes")
    assert done.exit_code == 0
    assert len(there.workflows.started) == 1
    assert "can't be shown what is live" in done.stderr
    assert "The timeline can't be shown" in done.stderr


def test_a_service_that_isnt_there_is_refused_before_anything_is_started() -> None:
    there = world(answers={STATUS: (400, {"message": "There is no service 'sample-app'."})})
    done = there.run(*ROLLBACK, "--yes")
    assert (done.exit_code, done.stderr.strip(), there.workflows.started) == (2, "There is no service 'sample-app'.", [])


def test_a_timeline_that_isnt_there_yet_is_waited_for() -> None:
    timeline = [(404, {"message": "There is no run."}), {"id": "rollback-1", "events": [LIVE]}]
    done = world(RUNNING, DONE, answers={TIMELINE: timeline}).run(*ROLLBACK, "--yes")
    assert done.exit_code == 0
    assert "it runs" in done.stdout and "There is no run" not in done.output


@pytest.mark.parametrize(("refusal", "exit_code"), [(No("AWS doesn't allow this to you"), 1), (WrongUsage("AWS doesn't accept the credentials"), 2)])
def test_a_start_that_aws_refuses_is_told(refusal: Exception, exit_code: int) -> None:
    there = world()
    there.workflows.refusal = refusal
    done = there.run(*ROLLBACK, "--yes")
    assert (done.exit_code, done.stderr.strip()) == (exit_code, str(refusal))


def test_interrupting_the_wait_says_that_the_rollback_goes_on() -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    done = world(RUNNING, on_sleep=interrupt).run(*ROLLBACK, "--yes")
    assert done.exit_code == 130
    assert "slipway timeline rollback-1 --follow" in done.stderr


def test_dev_cli_without_confirm_only_says_what_it_would_do() -> None:
    there = world()
    done = there.run("rollback", "--environment", "prod", "--revision", "1", app=dev_cli)
    assert (done.exit_code, there.workflows.started) == (2, [])
    assert "goes back to v1 (aaaaaaaaaaaa)" in " ".join(done.stdout.split())
    assert "Add --confirm to roll back sample-app in prod to revision 1." in done.stderr


def test_dev_cli_with_confirm_rolls_back_and_waits() -> None:
    there = world()
    done = there.run("rollback", "--environment", "prod", "--revision", "3", "--confirm", app=dev_cli)
    assert done.exit_code == 0, done.output
    assert there.workflows.started == [{"service": "sample-app", "environment": "prod", "revision": 3}]


def test_dev_cli_shows_the_status() -> None:
    assert "sample-app in prod" in world().run("status", app=dev_cli).stdout


def test_a_refusal_before_anything_happened_is_the_only_thing_that_is_said() -> None:
    refused = State("FAILED", error="InvalidInput", cause="There is nothing to go back to.")
    done = world(refused, answers={TIMELINE: (404, {"message": "There is no run."})}).run(*ROLLBACK, "--yes")
    assert (done.exit_code, done.stderr.strip()) == (1, "There is nothing to go back to.")
