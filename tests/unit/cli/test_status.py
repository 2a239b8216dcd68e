"""`slipway status` and how everybody's failures end: one sentence and an exit status."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.world import LIVE, PROD, World, status_of

STATUS = "GET /api/status"


def test_status_shows_what_runs_what_waits_and_what_wants_a_person() -> None:
    world = World(
        {
            STATUS: status_of(
                last_good={"commit": "b" * 40, "version": "v2"},
                needs_attention="the restored release fails its smoke test",
                hold="rolled back by ada",
                lease={"owner": "deploy-7", "epoch": 12},
                waiting=["deploy-8", "deploy-9"],
                approval={
                    "id": "deploy-9",
                    "version": "v4",
                    "commit": "d" * 40,
                    "state": "pending",
                    "expires_at": "2026-11-26T09:00:00+01:00",
                    "votes": [{"person": "ada", "choice": "approve"}],
                },
                latest=[
                    {"id": "deploy-7", "kind": "release", "version": "v4", "commit": "d" * 40, "outcome": "", "reason": "", "cause": ""},
                    {"id": "deploy-6", "kind": "release", "version": "v3", "commit": "c" * 40, "outcome": "rolled-back", "reason": "exit code 3", "cause": ""},
                ],
            )
        }
    )
    shown = world.run("status", "sample-app", "prod")
    assert shown.exit_code == 0
    rows = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert rows == [
        "sample-app in prod namespace sample-prod",
        "NEEDS ATTENTION the restored release fails its smoke test",
        "HELD rolled back by ada",
        "slipway resume sample-app prod",
        "live v3 (cccccccccccc)",
        "last good v2 (bbbbbbbbbbbb)",
        "now deploy-7 (lease epoch 12)",
        "waits (1) deploy-8",
        "waits (2) deploy-9",
        "approval v4 (dddddddddddd) is pending, until 2026-11-26 08:00:00Z; ada: approve",
        "slipway approve deploy-9",
        "last deployment v3 (cccccccccccc) rolled-back: exit code 3",
        "slipway timeline deploy-6",
    ]
    assert dict(world.console.requests[0].url.params) == {"service": "sample-app", "environment": "prod"}


def test_status_of_everything_asks_without_a_filter_and_shows_every_environment() -> None:
    world = World({STATUS: {"environments": [PROD, {**PROD, "environment": "dev", "live": None}]}})
    shown = world.run("status")
    assert world.console.requests[0].url.query == b""
    assert "sample-app in prod" in shown.stdout and "sample-app in dev" in shown.stdout
    assert "live              nothing" in shown.stdout


def test_an_environment_without_a_name_for_its_release_shows_the_commit_once() -> None:
    shown = World({STATUS: status_of(live={"commit": "c" * 40, "version": "c" * 12})}).run("status")
    assert "live              cccccccccccc\n" in shown.stdout


def test_json_is_the_answer_as_it_came_and_plain_ascii() -> None:
    answer = status_of(hold="\x1b[31mZürich", unknown_field=1)
    shown = World({STATUS: answer}).run("status", "--json")
    assert json.loads(shown.stdout) == answer
    assert shown.stdout.isascii() and "\x1b" not in shown.stdout


def test_hostile_text_cant_steer_the_terminal_pretend_to_be_a_row_or_use_markup() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\x9b1mheld\r\nlive  v9\x00\u202e [bold red]markup[/] \ud800 [/]"
    shown = World({STATUS: json.dumps(status_of(hold=hostile))}).run("status")
    assert shown.exit_code == 0
    assert "HELD              held live v9 [bold red]markup[/] [/]\n" in shown.stdout


@pytest.mark.parametrize(
    ("answer", "exit_code", "sentence"),
    [
        ((404, {"message": "There is no service 'x'; slipway.yaml has sample-app."}), 2, "There is no service 'x'; slipway.yaml has sample-app."),
        ((400, {"message": "service: too long"}), 2, "service: too long"),
        ((403, {"message": "arn:x is nobody's in slipway.yaml, so it can't vote."}), 1, "is nobody's"),
        ((403, {"message": "Forbidden"}), 1, "lack execute-api:Invoke"),
        ((403, {"message": "The security token included in the request is expired"}), 2, "doesn't accept the credentials"),
        ((403, {"message": "The request signature we calculated does not match"}), 2, "doesn't accept the credentials"),
        ((503, {"message": "Try again in a minute."}), 2, "can't answer now (HTTP 503): Try again in a minute."),
        ((502, "<html>"), 2, "can't answer now (HTTP 502)"),
        ((302, ""), 2, "set SLIPWAY_URL anew"),
        ("<html>no JSON</html>", 2, "doesn't answer in JSON"),
        ({"environments": [{**PROD, "namespace": 3}]}, 2, "environments.0.namespace"),
        ({"environments": [{**PROD, "healthy": [{**LIVE, "at": "2026-11-21T12:00:00"}]}]}, 2, "timezone"),
        (httpx.ConnectError("connection refused"), 2, "doesn't answer: connection refused"),
        (httpx.ReadTimeout("timed out"), 2, "doesn't answer: timed out"),
    ],
)
def test_every_failure_is_a_sentence_and_an_exit_status(answer: Any, exit_code: int, sentence: str) -> None:
    shown = World({STATUS: answer}).run("status")
    assert (shown.exit_code, shown.stdout) == (exit_code, "")
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr
