"""GitHub's webhook: verify, decide, start one run. Called by `handlers/webhook.py` for every delivery.

A delivery is stored as `received`, then the execution is started, then it is `started`. A crash in between loses
nothing: the redelivery finds the same name and goes on.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from slipway.domain import push as pushes
from slipway.domain.push import Ignored, Push
from slipway.domain.run import run_name
from slipway.ports import Configurations, Deliveries, Workflows

LARGEST_BODY_BYTES = 1_000_000
"""Far above any push event (GitHub lists at most 2,048 commits with their files) and below Lambda's 6 MB."""


@dataclass(frozen=True)
class WebhookRequest:
    body: bytes
    event: str
    delivery: str
    signature: str


@dataclass(frozen=True)
class WebhookAnswer:
    status: HTTPStatus
    message: str
    run: str = ""


def webhook(
    request: WebhookRequest, *, secrets: Sequence[bytes], configurations: Configurations, deliveries: Deliveries, workflows: Workflows, now: datetime
) -> WebhookAnswer:
    """`secrets` are those that verify: the current one first, then the previous one while it is being rotated."""
    if len(request.body) > LARGEST_BODY_BYTES:
        return WebhookAnswer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has {len(request.body)} bytes; at most {LARGEST_BODY_BYTES} are taken.")
    if not any(is_signed(request.body, request.signature, secret) for secret in secrets):
        return WebhookAnswer(HTTPStatus.UNAUTHORIZED, "X-Hub-Signature-256 is missing or doesn't match the body.")
    try:
        payload = json.loads(request.body)
    except ValueError:
        return WebhookAnswer(HTTPStatus.BAD_REQUEST, "The body isn't JSON; set the webhook's content type to application/json.")
    if request.event == "ping":
        return WebhookAnswer(HTTPStatus.OK, "pong")
    if request.event != "push":
        return WebhookAnswer(HTTPStatus.ACCEPTED, f"Events of type {request.event or 'unknown'} start nothing; send push events.")
    parsed = parse_push(payload)
    if parsed is None or not request.delivery:
        return WebhookAnswer(HTTPStatus.BAD_REQUEST, "This isn't a push event of GitHub: repository, ref, after or X-GitHub-Delivery is missing.")
    decision = pushes.decide(parsed, configurations.read())
    if isinstance(decision, Ignored):
        return WebhookAnswer(HTTPStatus.ACCEPTED, decision.reason)
    run = run_name(decision.service.name, parsed.ref, parsed.commit, request.delivery)
    if deliveries.receive(request.delivery, run, now):
        return WebhookAnswer(HTTPStatus.ACCEPTED, "This delivery has started its run already.", run)
    workflows.start_release(run, {"run": run, "service": decision.service.name, "ref": parsed.ref, "commit": parsed.commit, "pusher": parsed.pusher})
    deliveries.started(request.delivery)
    return WebhookAnswer(HTTPStatus.ACCEPTED, f"Releasing {parsed.commit[:12]} to {', '.join(decision.environments)}.", run)


def is_signed(body: bytes, signature: str, secret: bytes) -> bool:
    """Constant-time check of GitHub's HMAC.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def parse_push(payload: object) -> Push | None:
    """The few fields that matter, or None when they aren't what GitHub sends."""
    match payload:
        case {"ref": str(ref), "after": str(after), "repository": {"full_name": str(repository)}, **rest} if _is_commit(after):
            match rest.get("pusher"):
                case {"name": str(name)}:
                    pusher = name
                case _:
                    pusher = ""
            match rest.get("head_commit"):
                # The ref of an annotated tag points at a tag object; the commit is in head_commit.
                case {"id": str(head)} if ref.startswith("refs/tags/") and _is_commit(head):
                    commit = head
                case _:
                    commit = after
            return Push(repository, ref, commit, pusher, deleted=rest.get("deleted") is True)
    return None


def _is_commit(text: str) -> bool:
    return len(text) == 40 and all(digit in "0123456789abcdef" for digit in text)
