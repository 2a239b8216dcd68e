"""Real pushes to the twin's GitHub that no event tells of, remembered in moto's DynamoDB: each starts its run, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from slipway.adapters.dynamodb.deliveries import DynamoDeliveries
from slipway.adapters.dynamodb.refs import DynamoRefs
from slipway.adapters.dynamodb.table import Table
from slipway.adapters.github.app import App
from slipway.adapters.github.commits import GitHubCommits
from slipway.adapters.github.deliveries import GitHubDeliveries
from slipway.adapters.github.refs import GitHubRefs
from slipway.steps.catch_up import CodeHost, catch_up
from slipway.steps.webhook import WebhookAnswer, WebhookRequest, webhook
from tests.contract.account import account, make_table
from tests.contract.github.test_deliveries import failed
from tests.fakes.control_plane import configuration
from tests.fakes.memory import FakeConfigurations
from tests.fakes.world import FakeWorkflows
from tests.unit.twin.github.site import SECRET, Clone, Received, Receiver


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    with account(monkeypatch):
        yield make_table()


class Plane:
    """What of the control plane there is to it."""

    def __init__(self, app: App, table: Table) -> None:
        self.workflows = FakeWorkflows()
        self.host = CodeHost(
            configuration(), DynamoDeliveries(table), GitHubDeliveries(app), GitHubRefs(app), GitHubCommits(app), DynamoRefs(table), self.workflows
        )  # fmt: skip

    def sweep(self, later: timedelta = timedelta()) -> list[str]:
        """The refs of the runs that it has started."""
        before = len(self.workflows.started)
        for _, look in catch_up(self.host, datetime.now(UTC) + later):
            look()
        return [str(run["ref"]) for run in list(self.workflows.started.values())[before:]]

    def receive(self, event: Received) -> WebhookAnswer:
        headers = event.headers
        request = WebhookRequest(event.body, headers["X-GitHub-Event"], headers["X-GitHub-Delivery"], headers["X-Hub-Signature-256"])
        configurations = FakeConfigurations(self.host.configuration)
        return webhook(
            request, secrets=[SECRET.encode()], configurations=configurations, deliveries=self.host.deliveries, workflows=self.workflows, now=datetime.now(UTC)
        )


@pytest.fixture
def plane(app: App, table: Table) -> Plane:
    plane = Plane(app, table)
    assert plane.sweep() == []
    return plane


def test_a_push_of_five_tags_starts_five_runs_though_github_tells_of_none(plane: Plane, clone: Clone, receiver: Receiver) -> None:
    names = [f"v1.0.{number}" for number in range(5)]
    for name in names[:4]:
        clone.git("tag", name)
    clone.git("tag", "--annotate", names[4], "--message", "Annotated")
    clone.git("push", "--quiet", "origin", "--tags")
    assert sorted(plane.sweep()) == [f"refs/tags/{name}" for name in names]
    assert {run["commit"] for run in plane.workflows.started.values()} == {clone.head()}
    assert plane.sweep() == [] and receiver.is_empty


def test_a_push_is_started_by_its_event_or_by_the_sweep_and_never_by_both(plane: Plane, clone: Clone, receiver: Receiver) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/stage")
    assert plane.sweep() == ["refs/heads/stage"]
    assert plane.receive(receiver.next()).runs == ()
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/develop")
    assert len(plane.receive(receiver.next()).runs) == 1
    assert plane.sweep() == [] and len(plane.workflows.started) == 2


def test_a_delivery_that_failed_is_sent_again_and_then_starts_its_run_once(plane: Plane, app: App, clone: Clone, receiver: Receiver) -> None:
    receiver.answer = 500
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/stage")
    lost = receiver.next()
    assert failed(GitHubDeliveries(app), 1)
    receiver.answer = 202
    assert plane.sweep(later=timedelta(minutes=2)) == []
    again = receiver.next()
    assert again.headers["X-GitHub-Delivery"] == lost.headers["X-GitHub-Delivery"]
    assert len(plane.receive(again).runs) == 1
    assert plane.sweep() == [] and len(plane.workflows.started) == 1
