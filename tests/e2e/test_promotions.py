"""Releases on their way to prod, and back, on a real stack. The demo shows the good way; this is what else people and mail scanners do."""

import uuid

import httpx
import pytest

from tests.e2e.conftest import FirstDeployment
from tests.e2e.promoting import PROD, Promoting
from tests.e2e.running import SERVICE
from twin.demo.workflows import ROLLBACK

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]


@pytest.fixture
def asked(people: Promoting, in_stage: str) -> str:
    """A deployment to prod that waits for grace."""
    return people.ask(f"v0.{uuid.uuid4().int % 10**9}.0", in_stage)


def test_a_failed_first_deployment_leaves_the_namespace_as_it_was(first_deployment: FirstDeployment) -> None:
    assert (first_deployment.state, first_deployment.outcomes) == ("failed", ("rolled-back",))
    assert "exit code 7" in first_deployment.reason
    assert "applied" in first_deployment.kinds
    assert first_deployment.after == first_deployment.before


def test_a_link_that_is_not_what_was_sent_leads_nowhere(people: Promoting, asked: str) -> None:
    link = people.link(asked)
    before = people.everything(asked)
    body, _, signature = link.rpartition(".")
    for wrong in (link[:-1], link + "A", f"{body}.{'A' * len(signature)}", body, f"{link}/more", link.replace("/approvals/", "/approvals/x")):
        page = httpx.get(wrong)
        assert page.status_code == 404, wrong
        assert "choice" not in page.text
        assert httpx.post(wrong, data={"choice": "approve", "ticket": "x"}).status_code in (400, 404)
    assert people.everything(asked) == before
    assert people.press(link, "reject").status_code == 200
    assert people.outcome(asked) == "rejected"


def test_the_task_token_is_seen_by_its_own_state_only(people: Promoting, asked: str) -> None:
    token, link = people.token(asked), people.link(asked)
    page = httpx.get(link)
    counted = people.press(link, "approve", page.text)
    assert counted.status_code == 200, counted.text
    assert people.outcome(asked) == "live"
    again = people.press(link, "reject", page.text)
    assert again.status_code == 409 and "You have voted already" in again.text
    shown = [page.text, counted.text, again.text, str(again.headers), people.slipway("approve", asked, "--yes", person="ada").stdout, people.written()]
    assert not [text for text in shown if token in text]
    holding = {kind for kind, event in people.payloads(asked).items() if token in event}
    assert {kind.split()[1] for kind in holding} == {"TaskScheduled"}, holding


def test_a_vote_about_an_aborted_deployment_changes_nothing_and_says_so(people: Promoting, asked: str) -> None:
    link = people.link(asked)
    page = httpx.get(link).text
    people.abort(asked)
    assert "has ended, so there is nothing to decide" in httpx.get(link).text
    answer = people.press(link, "approve", page)
    assert answer.status_code == 409 and "has ended, so there is nothing to decide" in answer.text
    voted = people.slipway("approve", asked, "--yes", person="grace")
    assert voted.returncode == 1 and "has ended" in voted.stdout + voted.stderr


def test_two_rollbacks_at_once_to_a_revision_that_helm_has_forgotten_take_turns_and_hold_prod(people: Promoting, in_stage: str) -> None:
    first = people.ask(f"v1.{uuid.uuid4().int % 10**9}.0", in_stage)
    assert people.slipway("approve", first, "--yes", person="operator").returncode == 1, "nobody knows the operator"
    assert people.slipway("approve", first, "--yes", person="grace").returncode == 0
    assert people.outcome(first) == "live"
    revision = int(people.observer.records.item(f"DEPLOYMENT#{first}", "META")["revision"])
    newer = people.new_commit_in_stage()
    second = people.ask(f"v2.{uuid.uuid4().int % 10**9}.0", newer)
    assert people.press(people.link(second), "approve").status_code == 200
    assert people.outcome(second) == "live" and people.serves(newer)
    people.forget_revisions(revision)

    wanted = {"service": SERVICE, "environment": PROD, "revision": revision}
    executions = [people.observer.workflows.start(ROLLBACK, wanted) for _ in range(2)]
    ended = [people.rolled_back(execution) for execution in executions]

    assert [found.output["commit"] for found in ended] == [in_stage, in_stage], ended
    assert people.serves(in_stage)
    deployments = [str(found.output["deployment"]) for found in ended]
    turns = sorted(
        (event["at"], event["kind"])
        for deployment in deployments
        for event in people.observer.records.items(f"DEPLOYMENT#{deployment}", "EVENT#")
        if event["kind"] in ("lease-acquired", "live")
    )
    assert [kind for _, kind in turns] == ["lease-acquired", "live", "lease-acquired", "live"]

    held = people.ask(f"v3.{uuid.uuid4().int % 10**9}.0", newer)
    people.press(people.link(held), "approve")
    assert "HELD" in people.slipway("status", SERVICE, PROD).stdout
    assert people.serves(in_stage)
    resumed = people.slipway("resume", SERVICE, PROD, "--reason", "fixed")
    assert resumed.returncode == 0 and held in resumed.stdout
    assert people.outcome(held) == "live" and people.serves(newer)
