"""What Tell may rely on from the code host's pages; the fake like the adapter on the twin's GitHub."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from slipway import ports
from slipway.adapters.github.app import WRITE_DEPLOYMENTS, WRITE_STATUSES, App, Permissions
from slipway.adapters.github.statuses import GitHubStatuses
from slipway.errors import InvalidInput
from tests.fakes.telling import FakeCommitStatuses
from tests.unit.twin.github.site import REPOSITORY, Clone

LOST = "f" * 40


@dataclass
class Host:
    """`beside` gives state and description of what stands beside the commit, `of` that of a deployment; the newest last."""

    statuses: ports.CommitStatuses
    commit: str
    beside: Callable[[], list[tuple[str, str]]]
    of: Callable[[int], list[tuple[str, str]]]


@pytest.fixture(params=["fake", "github"])
def host(request: pytest.FixtureRequest) -> Host:
    if request.param == "fake":
        fake = FakeCommitStatuses(unknown={LOST})
        return Host(
            fake,
            "a" * 40,
            lambda: [(state, description) for *_, state, description in fake.statuses],
            lambda number: [(state, description) for state, description, _ in fake.shown[number]],
        )
    app: App = request.getfixturevalue("app")
    clone: Clone = request.getfixturevalue("clone")

    def listed(path: str, permissions: Permissions) -> list[tuple[str, str]]:
        newest_first = app.call(REPOSITORY, permissions, "GET", path).expect(200)
        return [(each["state"], each["description"]) for each in reversed(newest_first)]

    commit = clone.head()
    return Host(
        GitHubStatuses(app),
        commit,
        lambda: listed(f"/commits/{commit}/statuses", WRITE_STATUSES),
        lambda number: listed(f"/deployments/{number}/statuses", WRITE_DEPLOYMENTS),
    )


def test_a_status_stands_beside_its_commit_and_a_newer_one_follows(host: Host) -> None:
    for state, description in (("pending", "Building"), ("success", "live in dev")):
        host.statuses.set_status(REPOSITORY, host.commit, "slipway/sample-app", state, description)
    assert host.beside() == [("pending", "Building"), ("success", "live in dev")]


def test_a_deployment_is_opened_once_for_its_key(host: Host) -> None:
    first, again, other = (host.statuses.open_deployment(REPOSITORY, host.commit, "dev", "to dev", key) for key in ("one", "one", "other"))
    assert first == again != other and first > 0
    assert host.of(first) == []


def test_a_deployment_takes_every_state_that_is_told(host: Host) -> None:
    told = [(state, "as it stands") for state in ("queued", "pending", "in_progress", "success", "failure", "error", "inactive")]
    number = host.statuses.open_deployment(REPOSITORY, host.commit, "dev", "to dev", "one")
    for state, description in told:
        host.statuses.set_deployment_status(REPOSITORY, number, state, description, "dev")
    assert host.of(number) == told


def test_what_the_host_doesnt_have_is_refused_for_good(host: Host) -> None:
    with pytest.raises(InvalidInput):
        host.statuses.set_status(REPOSITORY, LOST, "slipway/sample-app", "pending", "")
    with pytest.raises(InvalidInput):
        host.statuses.open_deployment(REPOSITORY, LOST, "dev", "", "one")
