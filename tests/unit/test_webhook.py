"""GitHub's webhook: only signed pushes that an environment follows start a run, and each only once."""

import hashlib
import hmac
import json
from dataclasses import replace
from http import HTTPStatus

import pytest

from slipway.errors import TemporarilyUnavailable
from slipway.steps.webhook import LARGEST_BODY_BYTES, WebhookAnswer, WebhookRequest, is_signed, webhook
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows

SECRET, PREVIOUS = b"current", b"previous"
OTHER = "e" * 40


def push(**changes: object) -> dict[str, object]:
    return {
        "ref": "refs/heads/main",
        "after": GOOD,
        "repository": {"full_name": "acme/sample-app"},
        "pusher": {"name": "ada"},
        "sender": {"login": "ada", "type": "User"},
        **changes,
    }


def pushed(second: int, before: str, after: str, **changes: object) -> dict[str, object]:
    repository = {"full_name": "acme/sample-app", "pushed_at": int(NOW.timestamp()) + second - 600}
    return push(before=before, after=after, repository=repository, **changes)


def signed(payload: object, secret: bytes = SECRET, **changes: str) -> WebhookRequest:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return replace(WebhookRequest(body, "push", "delivery-1", signature), **changes)  # type: ignore[arg-type]


def receive(plane: ControlPlane, request: WebhookRequest) -> WebhookAnswer:
    return webhook(request, secrets=[SECRET, PREVIOUS], configurations=plane.configurations, deliveries=plane.deliveries, workflows=plane.workflows, now=NOW)


def started(plane: ControlPlane) -> dict[str, object]:
    assert isinstance(plane.workflows, FakeWorkflows)
    return dict(plane.workflows.started)


def test_githubs_own_example_of_a_signature_verifies() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation"""
    example = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(b"Hello, World!", example, b"It's a Secret to Everybody")
    assert not is_signed(b"Hello, World", example, b"It's a Secret to Everybody")


def test_a_push_that_environments_follow_starts_a_run() -> None:
    plane = ControlPlane()
    answer = receive(plane, signed(push()))
    assert (answer.status, answer.message) == (HTTPStatus.ACCEPTED, f"Releasing {GOOD[:12]} to dev, stage.")
    told = {"service": "sample-app", "ref": "refs/heads/main", "commit": GOOD, "pusher": "ada", "by": "ada", "asked_at": NOW.isoformat()}
    assert started(plane) == {answer.run: {"run": answer.run, **told}}


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "nonsense", "sha256=Zürich"])
def test_a_wrong_or_missing_signature_is_refused_before_anything_is_read(signature: str) -> None:
    plane = ControlPlane()
    assert receive(plane, signed(push(), signature=signature)).status == HTTPStatus.UNAUTHORIZED
    assert not started(plane) and not plane.deliveries.states


def test_a_signature_of_the_previous_secret_still_verifies_during_a_rotation() -> None:
    assert receive(ControlPlane(), signed(push(), secret=PREVIOUS)).status == HTTPStatus.ACCEPTED


@pytest.mark.parametrize(
    ("payload", "event", "reason"),
    [
        (push(ref="refs/heads/feature"), "push", "No environment of sample-app follows refs/heads/feature."),
        (push(ref="refs/tags/1.0"), "push", "No environment of sample-app follows refs/tags/1.0."),
        (push(deleted=True, after="0" * 40), "push", "refs/heads/main was deleted; nothing to deploy."),
        (push(), "issues", "Events of type issues start nothing; send push events."),
    ],
)
def test_what_nobody_follows_is_accepted_with_the_reason_and_starts_nothing(payload: object, event: str, reason: str) -> None:
    plane = ControlPlane()
    answer = receive(plane, signed(payload, event=event))
    assert (answer.status, answer.message) == (HTTPStatus.ACCEPTED, reason)
    assert not started(plane)


@pytest.mark.parametrize("body", [b"not json", b"\xff\xfe", b"[]", b'"text"', json.dumps(push(after="short")).encode(), b"{}"])
def test_a_body_that_is_no_push_event_is_a_bad_request(body: bytes) -> None:
    plane = ControlPlane()
    assert receive(plane, signed(body)).status == HTTPStatus.BAD_REQUEST
    assert not started(plane)


def test_a_body_that_is_too_large_is_refused() -> None:
    assert receive(ControlPlane(), signed(b" " * (LARGEST_BODY_BYTES + 1))).status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_ping_is_answered() -> None:
    assert receive(ControlPlane(), signed({"zen": "Design for failure."}, event="ping")).status == HTTPStatus.OK


def test_the_same_delivery_twice_is_one_run() -> None:
    plane = ControlPlane()
    first, second = receive(plane, signed(push())), receive(plane, signed(push()))
    assert first.run == second.run
    assert len(started(plane)) == 1


def test_a_crash_between_storing_and_starting_is_made_good_by_the_redelivery() -> None:
    plane = ControlPlane()

    class Crashing(FakeWorkflows):
        def start_release(self, name: str, request: object) -> bool:
            raise KeyboardInterrupt

    working, plane.workflows = plane.workflows, Crashing()
    with pytest.raises(KeyboardInterrupt):
        receive(plane, signed(push()))
    plane.workflows = working
    receive(plane, signed(push()))
    assert len(started(plane)) == 1


def test_a_branch_that_is_pushed_back_to_an_older_commit_is_a_new_run() -> None:
    plane = ControlPlane()
    for number, (before, after) in enumerate([(OTHER, GOOD), (GOOD, BETTER), (BETTER, GOOD)]):
        receive(plane, signed(pushed(number, before, after), delivery=f"delivery-{number}"))
    assert [run["commit"] for run in started(plane).values()] == [GOOD, BETTER, GOOD]


def test_two_pushes_within_a_second_are_two_runs() -> None:
    plane = ControlPlane()
    receive(plane, signed(pushed(0, OTHER, GOOD)))
    receive(plane, signed(pushed(0, GOOD, BETTER), delivery="delivery-2"))
    assert len(started(plane)) == 2


def test_a_push_that_comes_after_a_newer_one_of_its_ref_starts_nothing() -> None:
    plane = ControlPlane()
    receive(plane, signed(pushed(60, GOOD, BETTER), delivery="newer"))
    for late in (pushed(0, OTHER, GOOD), pushed(60, OTHER, GOOD)):
        answer = receive(plane, signed(late, delivery="late"))
        assert (answer.status, answer.runs) == (HTTPStatus.ACCEPTED, ()) and answer.message.startswith("A newer push of refs/heads/main is known")
    assert [run["commit"] for run in started(plane).values()] == [BETTER]


def test_a_push_whose_start_failed_is_not_made_good_once_a_newer_one_is_known() -> None:
    plane = ControlPlane()

    class Unavailable(FakeWorkflows):
        def start_release(self, name: str, request: object) -> bool:
            raise TemporarilyUnavailable("Step Functions doesn't answer")

    working, plane.workflows = plane.workflows, Unavailable()
    with pytest.raises(TemporarilyUnavailable):
        receive(plane, signed(pushed(0, OTHER, GOOD)))
    plane.workflows = working
    receive(plane, signed(pushed(60, GOOD, BETTER), delivery="newer"))
    assert receive(plane, signed(pushed(0, OTHER, GOOD))).runs == ()
    assert [run["commit"] for run in started(plane).values()] == [BETTER]


def test_other_branches_are_told_apart() -> None:
    plane = ControlPlane()
    receive(plane, signed(pushed(60, OTHER, GOOD)))
    assert receive(plane, signed(pushed(0, OTHER, BETTER, ref="refs/heads/develop"), delivery="delivery-2")).runs
