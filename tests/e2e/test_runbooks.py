"""Every command of the runbooks, carried out on the running stack in the situation that its page is for."""

import json
import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.e2e.promoting import PROD, Promoting
from tests.e2e.runbooks import PAGES, carry_out
from tests.e2e.running import ENVIRONMENT, NAMESPACE, SERVICE, until

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]

Variables = Mapping[str, str]


@pytest.fixture
def two_releases(people: Promoting, live: str) -> None:
    """Dev runs one, and was healthy with another one."""
    if len(_status(people)["healthy"]) < 2:
        people.running.write_a_note()
        assert people.running.ended(people.running.push("another good release")) == ("live", "live in dev")


def _status(people: Promoting, environment: str = ENVIRONMENT) -> dict[str, Any]:
    answer = people.slipway("status", SERVICE, environment, "--json")
    assert answer.returncode == 0, answer.stderr
    (found,) = json.loads(answer.stdout)["environments"]
    return dict(found)


def _variables(people: Promoting) -> Variables:
    """As README.md has them, for dev."""
    status = _status(people)
    other = next(release["commit"] for release in status["healthy"] if release["commit"] != status["live"]["commit"])
    (pod,) = people.running.staying_pods()
    described = {"SERVICE": SERVICE, "ENVIRONMENT": ENVIRONMENT, "NAMESPACE": NAMESPACE, "POD": pod}
    return {**described, "VERSION": other, "DEPLOYMENT": status["latest"][0]["id"]}


@contextmanager
def live_release(people: Promoting, _: str) -> Iterator[Variables]:
    """The page deploys once more what is live."""
    before = people.observer.live(ENVIRONMENT)
    yield _variables(people)
    assert people.observer.live(ENVIRONMENT) == before


@contextmanager
def gone_back(people: Promoting, _: str) -> Iterator[Variables]:
    """The page goes back to VERSION."""
    variables = _variables(people)
    yield variables
    status = _status(people)
    assert (status["live"]["commit"], bool(status["hold"])) == (variables["VERSION"], True)


@contextmanager
def ended_container(people: Promoting, _: str) -> Iterator[Variables]:
    """The live release's container has been killed and started again; the page replaces its pod."""
    variables = _variables(people)
    os.kill(people.running.pod_process(), signal.SIGKILL)
    until(lambda: _restarts(people) == [1], "the container's second start")
    yield variables
    assert _restarts(people) == [0]


def _restarts(people: Promoting) -> list[int]:
    """Of the containers that are ready."""
    pods = people.running.kubernetes.list_namespaced_pod(NAMESPACE).items
    statuses = [status for pod in pods if pod.metadata.deletion_timestamp is None for status in pod.status.container_statuses or []]
    return [status.restart_count for status in statuses if status.ready]


@contextmanager
def waiting_deployment(people: Promoting, _: str) -> Iterator[Variables]:
    """Dev is held after a rollback, and a deployment waits; the page stops it and resumes."""
    if not _status(people)["hold"]:
        assert people.slipway("rollback", SERVICE, ENVIRONMENT, "--version", _variables(people)["VERSION"], "--yes").returncode == 0
    assert people.slipway("deploy", SERVICE, ENVIRONMENT, "--yes", "--no-wait").returncode == 0
    until(lambda: _status(people)["waiting"], "a deployment that waits")
    (waiting,) = _status(people)["waiting"]
    machines, _, _ = people.stack.state_machine("slipway-deploy").rpartition(":")
    executions = machines.replace(":stateMachine", ":execution")
    yield {**_variables(people), "DEPLOYMENT": waiting, "STATE_MACHINES": machines, "EXECUTIONS": executions}
    until(lambda: not _status(people)["waiting"], "the end of the one that waited")
    assert _status(people)["hold"] == ""


@contextmanager
def refused_rollback(people: Promoting, _: str) -> Iterator[Variables]:
    """The namespace's quota has been lowered by hand, so a rollback has no room; the page puts the quota right and goes back."""
    variables = _variables(people)
    quota = ("resourcequota", "environment", "--patch")
    people.running.tool("kubectl", "patch", *quota, json.dumps({"spec": {"hard": {"pods": "1"}}}))
    failed = people.slipway("rollback", SERVICE, ENVIRONMENT, "--version", variables["VERSION"], "--yes")
    assert failed.returncode == 1 and "exceeded quota" in failed.stdout + failed.stderr, failed.stdout + failed.stderr
    yield {**variables, "DEPLOYMENT": _status(people)["latest"][0]["id"]}
    status = _status(people)
    assert (status["live"]["commit"], status["hold"]) == (variables["VERSION"], "")


@contextmanager
def open_question(people: Promoting, in_stage: str) -> Iterator[Variables]:
    """A tag waits for prod; the page rejects it and asks anew."""
    tag = f"v8.{uuid.uuid4().int % 10**9}.0"
    deployment = people.ask(tag, in_stage)
    yield {"SERVICE": SERVICE, "ENVIRONMENT": PROD, "VERSION": tag, "DEPLOYMENT": deployment}
    assert people.outcome(deployment) == "rejected"
    until(lambda: (_status(people, PROD)["approval"] or {}).get("id", deployment) != deployment, "the question that was asked anew")
    again = _status(people, PROD)["approval"]["id"]
    assert people.slipway("approve", again, "--reject", "--reason", "only a test", "--yes", person="grace").returncode == 0
    assert people.outcome(again) == "rejected"


SITUATIONS: Mapping[str, Callable[[Promoting, str], AbstractContextManager[Variables]]] = {
    "approval-problems": open_question,
    "network-issues": live_release,
    "pod-crashloop": ended_container,
    "failed-rollback": refused_rollback,
    "high-error-rate": gone_back,
    "stuck-deployment": waiting_deployment,
}
"""By page, with a commit that stage ran; in an order in which one leaves what the next one needs; each brings about the rest by itself."""


def test_every_runbook_has_a_situation() -> None:
    assert SITUATIONS.keys() == PAGES.keys()


@pytest.mark.parametrize("page", SITUATIONS)
@pytest.mark.usefixtures("two_releases")
def test_every_command_of_a_runbook_works_in_its_situation(people: Promoting, in_stage: str, page: str) -> None:
    with SITUATIONS[page](people, in_stage) as variables:
        carry_out(PAGES[page], variables, shell=str(people.stack.folder / "environment.sh"), home=people.stack.folder / "home")
