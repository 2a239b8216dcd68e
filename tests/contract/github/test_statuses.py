"""What developers see beside a commit."""

import httpx
import pytest

from slipway.adapters.github.app import WRITE_DEPLOYMENTS, WRITE_STATUSES, App
from slipway.adapters.github.statuses import GitHubStatuses
from slipway.errors import InvalidInput, TemporarilyUnavailable
from tests.unit.twin.github.site import REPOSITORY, Clone, GitHub

LOST = "f" * 40


def test_a_status_is_shown_beside_its_commit(app: App, clone: Clone, github: GitHub) -> None:
    statuses = GitHubStatuses(app)
    statuses.set_status(REPOSITORY, clone.head(), "slipway/dev", "pending", "Building")
    statuses.set_status(REPOSITORY, clone.head(), "slipway/dev", "failure", f"It crashes.\n{'x' * 200}")
    listed = app.call(REPOSITORY, WRITE_STATUSES, "GET", f"/commits/{clone.head()}/statuses").expect(200)
    assert [(each["context"], each["state"], len(each["description"])) for each in listed] == [("slipway/dev", "failure", 140), ("slipway/dev", "pending", 8)]
    assert "<td>slipway/dev<td>failure<td>It crashes. xxx" in httpx.get(github.url).text


def test_a_status_of_an_unknown_commit_is_refused(app: App) -> None:
    with pytest.raises(InvalidInput, match="No commit found"):
        GitHubStatuses(app).set_status(REPOSITORY, LOST, "slipway/dev", "pending", "")


def test_a_deployment_is_made_once_for_its_key_whatever_other_checks_say(app: App, clone: Clone) -> None:
    statuses = GitHubStatuses(app)
    statuses.set_status(REPOSITORY, clone.head(), "ci", "failure", "")
    first = statuses.open_deployment(REPOSITORY, clone.head(), "dev", "To dev", "run-1-dev")
    assert statuses.open_deployment(REPOSITORY, clone.head(), "dev", "To dev", "run-1-dev") == first
    assert statuses.open_deployment(REPOSITORY, clone.head(), "dev", "To dev", "run-2-dev") != first


def test_a_success_makes_the_deployments_before_it_inactive(app: App, clone: Clone, github: GitHub) -> None:
    statuses = GitHubStatuses(app)
    old, new, other = (statuses.open_deployment(REPOSITORY, clone.head(), place, "", key) for place, key in (("dev", "1"), ("dev", "2"), ("stage", "3")))
    for deployment, place in ((old, "dev"), (other, "stage"), (new, "dev")):
        statuses.set_deployment_status(REPOSITORY, deployment, "success", "Live", place)
    states = {number: app.call(REPOSITORY, WRITE_DEPLOYMENTS, "GET", f"/deployments/{number}/statuses").expect(200)[0]["state"] for number in (old, new, other)}
    assert states == {old: "inactive", new: "success", other: "success"}
    assert "<td>dev<td>inactive" in httpx.get(github.url).text


def test_github_wants_all_checks_green_unless_none_is_required(app: App, clone: Clone) -> None:
    GitHubStatuses(app).set_status(REPOSITORY, clone.head(), "ci", "pending", "")
    refused = app.call(REPOSITORY, WRITE_DEPLOYMENTS, "POST", "/deployments", {"ref": clone.head(), "auto_merge": False})
    assert (refused.status, refused.message) == (409, f"Conflict: Commit status checks failed for {clone.head()}.")
    missing = app.call(REPOSITORY, WRITE_DEPLOYMENTS, "POST", "/deployments", {"ref": "main", "required_contexts": ["other"]})
    assert missing.status == 409


def test_a_ref_that_is_behind_the_default_branch_would_have_to_be_merged(app: App, clone: Clone) -> None:
    behind = clone.head()
    clone.commit("service/main.py", "2\n")
    clone.git("push", "--quiet", "origin", "main")
    body = {"ref": behind, "required_contexts": []}
    assert app.call(REPOSITORY, WRITE_DEPLOYMENTS, "POST", "/deployments", body).status == 409
    assert GitHubStatuses(app).open_deployment(REPOSITORY, behind, "dev", "", "key")


def test_too_much_content_in_a_minute_is_put_off(app: App, clone: Clone) -> None:
    statuses = GitHubStatuses(app)
    for number in range(80):
        statuses.set_status(REPOSITORY, clone.head(), f"slipway/{number}", "pending", "")
    with pytest.raises(TemporarilyUnavailable, match=r"GitHub asks to wait for \d+ s: You have exceeded a secondary rate limit"):
        statuses.set_status(REPOSITORY, clone.head(), "slipway/81", "pending", "")


def test_without_an_app_statuses_go_nowhere() -> None:
    statuses = GitHubStatuses(App(None, "http://127.0.0.1:1"))
    statuses.set_status(REPOSITORY, LOST, "slipway/dev", "pending", "")
    deployment = statuses.open_deployment(REPOSITORY, LOST, "dev", "", "key")
    assert deployment == 0
    statuses.set_deployment_status(REPOSITORY, deployment, "success", "", "dev")
