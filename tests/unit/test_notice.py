"""What should stand on the code host and what chat should hear, for every way in which a run or a deployment can stand."""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from slipway.domain.deployment import LONG_AGO, Deployment, Outcome
from slipway.domain.news import of_deployment, of_run
from slipway.domain.notice import (
    KNOWN_KINDS,
    LONGEST_DESCRIPTION,
    Notice,
    changes_something,
    commit_notice,
    decisions,
    deployment_notice,
    opened_at,
)
from slipway.domain.run import Run, RunState
from slipway.ports import TimelineEvent
from tests.fakes.control_plane import GOOD, NOW

RUN = Run("run-1", "sample-app", "refs/heads/main", GOOD)
DEPLOYMENT = Deployment("run-1-prod", "run-1", "sample-app", "prod", GOOD, "arn:execution", version="v1.0.0", cause="refs/tags/v1.0.0 was pushed by ada")
ASKED = ("asked", "grace must approve until 2026-11-25 12:00 UTC")
APPROVED = ("voted-approve", "grace voted approve: looks fine")


def events(*happened: tuple[str, str]) -> list[TimelineEvent]:
    return [TimelineEvent("any", NOW + timedelta(seconds=number), kind, message, {}) for number, (kind, message) in enumerate(happened)]


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        (RunState.LIVE, "live in dev", Notice("success", "live in dev")),
        (RunState.FAILED, "dev: rolled-back (exit code 3)", Notice("failure", "failed: dev: rolled-back (exit code 3)")),
        (RunState.REFUSED, "ruff: F401", Notice("failure", "refused: ruff: F401")),
        (RunState.REJECTED, "prod: rejected (by grace)", Notice("failure", "rejected: prod: rejected (by grace)")),
        (RunState.EXPIRED, "prod: expired", Notice("error", "expired: prod: expired")),
        (RunState.SUPERSEDED, "", Notice("error", "superseded")),
    ],
)
def test_a_run_that_has_ended_is_shown_beside_its_commit_with_the_reason(state: RunState, reason: str, shown: Notice) -> None:
    assert commit_notice(replace(RUN, state=state, reason=reason), events(("opened", "never mind"))) == shown


def test_every_end_of_a_run_and_of_a_deployment_has_a_state() -> None:
    for state in RunState:
        assert commit_notice(replace(RUN, state=state), []).state in {"pending", "success", "failure", "error"}
    for outcome in ("", *Outcome):
        shown = deployment_notice(replace(DEPLOYMENT, outcome=outcome), [])
        assert shown.state in {"queued", "pending", "in_progress", "success", "failure", "error", "inactive"}


def test_a_running_run_is_pending_with_the_newest_of_what_it_does() -> None:
    assert commit_notice(RUN, []) == Notice("pending", "Slipway has begun")
    assert commit_notice(RUN, events(("opened", "main was pushed"), ("build-started", "Building aaa"), ("nobody-knows", "x"))) == Notice(
        "pending", "Building aaa"
    )
    assert opened_at(events(("nobody-knows", ""), ("opened", ""))) == NOW + timedelta(seconds=1)
    assert opened_at([]) == LONG_AGO


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.LIVE, "success"),
        (Outcome.ROLLED_BACK, "failure"),
        (Outcome.NEEDS_ATTENTION, "error"),
        (Outcome.FAILED, "error"),
        (Outcome.REFUSED, "failure"),
        (Outcome.REJECTED, "failure"),
        (Outcome.EXPIRED, "error"),
        (Outcome.SUPERSEDED, "inactive"),
    ],
)
def test_a_deployment_that_has_ended_is_shown_by_its_outcome_and_reason(outcome: Outcome, state: str) -> None:
    ended = replace(DEPLOYMENT, outcome=outcome, reason="the reason")
    assert deployment_notice(ended, events(ASKED, APPROVED)) == Notice(state, f"{outcome}: the reason")


@pytest.mark.parametrize(
    ("happened", "shown"),
    [
        ((), Notice("queued", "refs/tags/v1.0.0 was pushed by ada")),
        ((("planned", "goes to prod"),), Notice("queued", "goes to prod")),
        ((ASKED,), Notice("pending", ASKED[1])),
        ((ASKED, APPROVED), Notice("pending", APPROVED[1])),
        ((ASKED, ("superseded-by", "v1.0.1 asks instead")), Notice("pending", "v1.0.1 asks instead")),
        ((APPROVED, ("queued", "Waiting for another")), Notice("queued", "Waiting for another")),
        ((("lease-acquired", "Holds the lease of prod, epoch 1"), ("applied", "x"), ("smoke-passed", "x")), Notice("in_progress", "Going to prod at v1.0.0")),
        ((("lease-acquired", "x"), ("restoring", "Taking the change back: exit code 3")), Notice("in_progress", "Taking the change back: exit code 3")),
        ((("lease-acquired", "x"), ("planned-anew", "prod has moved on: they are asked anew")), Notice("queued", "prod has moved on: they are asked anew")),
        ((("lease-acquired", "x"), ("asked-to-stop", "a rollback wants to go first")), Notice("in_progress", "a rollback wants to go first")),
    ],
)
def test_a_deployment_that_goes_on_is_shown_by_the_newest_event_that_says_where_it_stands(happened: tuple[tuple[str, str], ...], shown: Notice) -> None:
    assert deployment_notice(DEPLOYMENT, events(*happened)) == shown


def test_each_vote_is_a_notice_of_its_own_with_who_and_why() -> None:
    said = decisions(events(ASKED, APPROVED, ("queued", "x"), ("voted-reject", "ada voted reject: not on a Friday")))
    assert [notice.description for notice in said] == [APPROVED[1], "ada voted reject: not on a Friday"]


def test_a_description_is_one_plain_line_that_the_code_host_takes() -> None:
    hostile = f"line one\nline two\x1b[31m\u202e{'x' * 500}"
    for shown in (commit_notice(replace(RUN, state=RunState.FAILED, reason=hostile), []), deployment_notice(replace(DEPLOYMENT, cause=hostile), [])):
        assert len(shown.description) == LONGEST_DESCRIPTION and shown.description.isprintable() and shown.description.endswith("…")


@pytest.mark.parametrize("outcome", [*Outcome])
def test_chat_hears_how_a_deployment_ended_unless_another_took_its_place(outcome: Outcome) -> None:
    found = of_deployment(replace(DEPLOYMENT, outcome=outcome, reason="the {reason}"), events(ASKED))
    if outcome is Outcome.SUPERSEDED:
        assert found == []
        return
    assert [news.kind for news in found] == [outcome]
    assert "prod" in found[0].sentence and "the {reason}" in found[0].sentence and "v1.0.0" in found[0].sentence
    assert found[0].facts == {
        "service": "sample-app", "environment": "prod", "version": "v1.0.0", "commit": GOOD,
        "deployment": "run-1-prod", "run": "run-1", "reason": "the {reason}",
    }  # fmt: skip


def test_chat_hears_that_somebody_has_to_decide_only_while_that_is_so() -> None:
    [waiting] = of_deployment(DEPLOYMENT, events(ASKED))
    assert waiting.kind == "waiting-for-approval"
    assert waiting.sentence == f"sample-app v1.0.0 to prod waits for approval: {ASKED[1]}. How to decide: slipway status sample-app prod"
    assert of_deployment(replace(DEPLOYMENT, outcome=Outcome.SUPERSEDED), events(ASKED)) == []


def test_no_address_in_others_words_becomes_a_link_in_chat() -> None:
    reason = "see HTTPS://evil.example/x, http://evil.example, www.evil.example and registry.example:5000/app"
    [news] = of_deployment(replace(DEPLOYMENT, outcome=Outcome.LIVE, reason=reason), [])
    broken = "see HTTPS: //evil.example/x, http: //evil.example, www .evil.example and registry.example:5000/app"
    assert news.sentence.endswith(broken) and news.facts["reason"] == broken


def test_chat_hears_of_a_hold_beside_the_outcome() -> None:
    found = of_deployment(replace(DEPLOYMENT, outcome=Outcome.LIVE), events(("held", "prod takes only rollbacks")))
    assert [(news.kind, news.sentence) for news in found][1:] == [("held", "prod takes only rollbacks")]


def test_chat_hears_of_a_run_only_when_none_of_its_deployments_says_anything() -> None:
    refused, failed = replace(RUN, state=RunState.REFUSED, reason="ruff: F401"), replace(RUN, state=RunState.FAILED, reason="CodeBuild is down")
    assert [news.sentence for news in of_run(refused, [])] == ["sample-app at aaaaaaaaaaaa (refs/heads/main) was refused: ruff: F401"]
    assert [news.kind for news in of_run(failed, [])] == ["failed"]
    assert of_run(refused, [DEPLOYMENT]) == []
    for state in set(RunState) - {RunState.REFUSED, RunState.FAILED}:
        assert of_run(replace(RUN, state=state), []) == []


def test_only_events_of_runs_and_deployments_that_may_change_something_are_looked_at() -> None:
    assert all(changes_something("DEPLOYMENT#1", kind) for kind in ("planned", "asked", "voted-reject", "lease-acquired", "live", "held", "new-kind"))
    assert not any(changes_something("DEPLOYMENT#1", kind) for kind in ("applied", "rollout-complete", "smoke-passed", "compared"))
    assert changes_something("RUN#1", "closed") and not changes_something("RELEASE#sample-app#aaa", "built")


def test_every_kind_of_event_that_the_steps_write_is_known_here() -> None:
    """A kind that is neither shown nor known to change nothing was forgotten: decide what people should see of it."""
    written = {
        argument.value
        for path in Path("functions/slipway/steps").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "timeline.add"
        for argument in ast.walk(call.args[1])
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    shown_without_progress = {"built", "held", "closed"}
    known = KNOWN_KINDS | shown_without_progress | {*Outcome}
    assert written - known - {"voted-"} == set()
    assert len(written) > 15
