"""What a team must be able to rely on, on a real stack: one change at a time, the newest push wins, rollbacks go first, nothing stays stuck."""

import contextlib
import json
import os
from collections.abc import Iterator

import pytest

from tests.e2e.promoting import Promoting
from tests.e2e.running import ENVIRONMENT, PATIENCE_SECONDS, SERVICE, Running, until
from twin.demo.workflows import DEPLOY, RELEASE, ROLLBACK

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]

DEPLOYMENT = "helm/sample-app/templates/deployment.yaml"
PUSHES = int(os.environ.get("SLIPWAY_PUSHES", "8"))
BACK = {"service": SERVICE, "environment": ENVIRONMENT}


@pytest.fixture
def live(running: Running, in_stage: str) -> str:
    """A good commit that is live in dev; the clone stands at it."""
    running.git("reset", "--quiet", "--hard", running.observer.live(ENVIRONMENT) or in_stage)
    if not running.observer.live(ENVIRONMENT):
        running.write_a_note()
        commit = running.push("a good release")
        assert running.ended(commit) == ("live", "live in dev")
        return commit
    return running.observer.live(ENVIRONMENT)


def slow_commit(running: Running, seconds: int) -> str:
    """A commit whose pods count as available only after that many seconds; pushed."""
    running.clone.replace(DEPLOYMENT, "  strategy:\n", f"  minReadySeconds: {seconds}\n  strategy:\n")
    return running.push(f"available after {seconds} s")


def deployment_in(running: Running, commit: str, state: str) -> str:
    """The commit's deployment to dev, once it has come to that state."""
    name = f"{running.observer.run_of(commit, PATIENCE_SECONDS)}-{ENVIRONMENT}"
    until(lambda: name in running.observer.workflows.names(DEPLOY) and running.observer.workflows.state(DEPLOY, name) == state, f"{name} in {state}")
    return name


def is_at_rest(running: Running) -> bool:
    """Nobody has dev, nothing there is half done, and nothing is under way."""
    lease = running.observer.records.item(f"ENV#{SERVICE}#{ENVIRONMENT}", "LEASE")
    return not lease.keys() & {"owner", "changing"} and running.observer.running_executions() == ()


def sweep(running: Running) -> dict[str, list[str]]:
    answer = running.aws("lambda").invoke(FunctionName="slipway-sweep", Payload=b"{}")
    swept: dict[str, list[str]] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, swept
    return swept


def sweep_once_built(running: Running, commit: str) -> None:
    run = running.observer.run_of(commit, PATIENCE_SECONDS)
    until(lambda: running.build_of(commit) == "SUCCEEDED", "a build that has ended")
    assert running.observer.workflows.state(RELEASE, run) == "Build", "nobody has told that it has"
    sweep(running)


@contextlib.contextmanager
def nobody_told(running: Running) -> Iterator[None]:
    """No event reaches anybody meanwhile: every rule of the stack is off."""
    events = running.aws("events")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if rule["State"] == "ENABLED"]
    assert len(rules) >= 3
    for rule in rules:
        events.disable_rule(Name=rule)
    try:
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)


def test_an_aborted_deployment_is_taken_back_within_seconds(running: Running, live: str) -> None:
    commit = slow_commit(running, 300)
    aborted = deployment_in(running, commit, "WatchRollout")

    running.aws("stepfunctions").stop_execution(executionArn=running.execution(DEPLOY, aborted))

    until(lambda: is_at_rest(running), "an environment at rest")
    assert running.observer.records.item(f"DEPLOYMENT#{aborted}", "META")["outcome"] == "failed"
    running.assert_at_rest(live)


def test_with_all_events_lost_everything_ends_right_within_two_sweeps(running: Running, live: str) -> None:
    with nobody_told(running):
        running.write_a_note()
        built = running.push("built in silence")
        sweep_once_built(running, built)
        assert running.ended(built) == ("live", "live in dev")

        slow = slow_commit(running, 300)
        sweep_once_built(running, slow)
        aborted = deployment_in(running, slow, "WatchRollout")
        running.aws("stepfunctions").stop_execution(executionArn=running.execution(DEPLOY, aborted))
        for _ in range(2):
            assert sweep(running)["failed"] == []
        until(lambda: is_at_rest(running), "the end of what the sweeps have started")
        running.assert_at_rest(built)


@contextlib.contextmanager
def bad_weather(running: Running) -> Iterator[None]:
    """Every event comes twice and up to three seconds late, so in any order; one call of seven is throttled."""
    forecast = running.stack.folder / "weather.json"
    forecast.write_text(json.dumps({"events": {"*": {"doubled": 1, "late_seconds": 3}}, "throttled": {"dynamodb": 0.15, "states": 0.15, "ecr": 0.15}}))
    try:
        yield
    finally:
        forecast.unlink()


def test_when_events_come_late_twice_and_in_any_order_and_calls_are_throttled_all_ends_as_ever(running: Running, live: str) -> None:
    running.write_a_note()
    with bad_weather(running):
        good = running.push("built in bad weather")
        assert running.ended(good) == ("live", "live in dev")
        running.clone.replace(DEPLOYMENT, "          envFrom:\n", "          command: [python, -c, raise SystemExit(7)]\n          envFrom:\n")
        bad = running.push("exits at once")
        assert running.ended(bad)[0] == "failed"
        until(lambda: is_at_rest(running), "an environment at rest")
    running.assert_at_rest(good)


def test_a_rollback_does_not_wait_for_the_deployment_that_breaks_things(running: Running, people: Promoting, live: str) -> None:
    commit = slow_commit(running, 300)
    stopped = deployment_in(running, commit, "WatchRollout")

    rollback = people.observer.workflows.start(ROLLBACK, BACK)

    assert people.rolled_back(rollback).output["commit"] == live
    assert people.outcome(stopped) == "superseded"
    assert running.ended(commit)[0] == "superseded"
    assert people.slipway("resume", SERVICE, ENVIRONMENT, "--reason", "it was a bad commit").returncode == 0
    running.assert_at_rest(live)


def test_of_many_pushes_the_newest_is_live_after_three_rollouts_at_most(running: Running, live: str) -> None:
    """Of two releases that are there already, by turns: as many pushes that want as many rollouts. Fifty in a minute are the promise."""
    slow = slow_commit(running, 10)
    assert running.ended(slow) == ("live", "live in dev")
    before = set(running.observer.workflows.names(DEPLOY))

    for number in range(PUSHES):
        commit = (live, slow)[number % 2]
        running.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/main")

    def ended() -> bool:
        return len(running.observer.workflows.names(DEPLOY)) == len(before) + PUSHES and running.observer.running_executions() == ()

    until(ended, "the end of all deployments")
    names = [name for name in running.observer.workflows.names(DEPLOY) if name not in before]
    outcomes = [running.observer.records.item(f"DEPLOYMENT#{name}", "META")["outcome"] for name in names]
    assert set(outcomes) <= {"live", "superseded"}
    assert 1 <= outcomes.count("live") <= 3, outcomes
    running.assert_at_rest(slow)
