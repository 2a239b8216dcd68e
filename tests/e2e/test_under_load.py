"""A release and a rollback cost no user a request: 200 a second over three replicas while a new image goes out and the one before comes back."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.promoting import Promoting
from tests.e2e.running import ENVIRONMENT, SERVICE, Running, until
from twin.demo.traffic import Load
from twin.demo.workflows import ROLLBACK

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]

REPLICAS = 3
REQUESTS_PER_SECOND = 200
ROLLOUTS = int(os.environ.get("SLIPWAY_ROLLOUTS", "2"))
"""Half of them are pushes, half rollbacks. Ten are the promise."""


@pytest.fixture
def three_replicas(running: Running, people: Promoting, live: str) -> Iterator[str]:
    """The commit that dev runs. Afterwards it has one again, whatever happened: nobody holds dev any more."""
    running.clone.replace("helm/sample-app/values-dev.yaml", "replicas: 1", f"replicas: {REPLICAS}")
    commit = running.push("more replicas")
    assert running.ended(commit) == ("live", "live in dev")
    yield commit
    people.slipway("resume", SERVICE, ENVIRONMENT, "--reason", "the end")
    running.git("push", "--quiet", "--force", "origin", f"{live}:refs/heads/main")
    until(lambda: running.observer.live(ENVIRONMENT) == live and not running.observer.running_executions(), "the release with one replica again")


def test_rollouts_and_rollbacks_lose_no_request(running: Running, people: Promoting, three_replicas: str, tmp_path: Path) -> None:
    last_good = three_replicas
    with Load(f"{running.stack.front_door}/", tmp_path / "load.jsonl", REQUESTS_PER_SECOND) as load:
        load.send_to(ENVIRONMENT, f"{SERVICE}.{ENVIRONMENT}.localhost")
        for number in range(ROLLOUTS):
            if number % 2 == 0:
                running.git("reset", "--quiet", "--hard", last_good)
                running.write_a_note()
                commit = running.push("under load")
                assert running.ended(commit) == ("live", "live in dev")
            else:
                rollback = people.observer.workflows.start(ROLLBACK, {"service": SERVICE, "environment": ENVIRONMENT})
                assert people.rolled_back(rollback).output["commit"] == last_good
                assert people.slipway("resume", SERVICE, ENVIRONMENT, "--reason", "go on").returncode == 0
            deployment = json.loads(running.tool("kubectl", "get", "deployment", SERVICE, "--output", "json"))
            assert deployment["status"]["readyReplicas"] == REPLICAS
        (traffic,) = load.end()
    assert traffic.failures == ()
    assert traffic.per_second == pytest.approx(REQUESTS_PER_SECOND, rel=0.05)
