"""What the webhook didn't take is known, and sent again on request."""

from datetime import UTC, datetime, timedelta

from slipway.adapters.github.app import App
from slipway.adapters.github.deliveries import GitHubDeliveries
from slipway.ports import FailedDelivery
from tests.unit.twin.github.site import REPOSITORY, Clone, Receiver

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def failed(log: GitHubDeliveries, count: int, attempts: int = 1) -> list[FailedDelivery]:
    """As soon as that many have failed that often: GitHub notes an attempt a moment after its answer."""
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while True:
        found = [each for each in log.failed(YESTERDAY) if each.attempts == attempts]
        if len(found) == count or datetime.now(UTC) > deadline:
            return found


def until_none_has_failed(log: GitHubDeliveries) -> bool:
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while log.failed(YESTERDAY):
        if datetime.now(UTC) > deadline:
            return False
    return True


def test_a_delivery_that_was_refused_is_failed_until_an_attempt_succeeds(app: App, clone: Clone, receiver: Receiver) -> None:
    log = GitHubDeliveries(app)
    receiver.answer = 500
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/stage")
    first = receiver.next()
    assert first.headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert first.payload["installation"]["id"] == app.as_itself("GET", f"/repos/{REPOSITORY}/installation").expect(200)["id"]
    [delivery] = failed(log, 1)
    assert delivery.guid == first.headers["X-GitHub-Delivery"]
    log.redeliver(delivery)
    assert receiver.next().headers["X-GitHub-Delivery"] == delivery.guid
    [again] = failed(log, 1, attempts=2)
    assert again.guid == delivery.guid and again.at > delivery.at
    receiver.answer = 202
    log.redeliver(again)
    assert receiver.next().body == first.body
    assert until_none_has_failed(log)


def test_failures_of_before_are_not_asked_for(app: App, clone: Clone, receiver: Receiver) -> None:
    log = GitHubDeliveries(app)
    receiver.answer = 500
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/stage")
    [delivery] = failed(log, 1)
    assert log.failed(delivery.at + timedelta(milliseconds=1)) == []


def test_a_failure_of_pages_ago_is_found_and_comes_first(app: App, clone: Clone, receiver: Receiver) -> None:
    log, attempts = GitHubDeliveries(app), 101
    receiver.answer = 500
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/one")
    [old] = failed(log, 1)
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/two")
    new = failed(log, 2)[1]
    for _ in range(attempts - 1):
        log.redeliver(new)
    for _ in range(attempts + 1):
        receiver.next()
    [again] = failed(log, 1, attempts=attempts)
    assert [each.guid for each in log.failed(YESTERDAY)] == [old.guid, new.guid]
    assert again.guid == new.guid


def test_a_delivery_that_github_has_forgotten_is_no_failure(app: App) -> None:
    GitHubDeliveries(app).redeliver(FailedDelivery(123456, "gone", YESTERDAY))
