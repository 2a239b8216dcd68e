"""GitHub's webhook: verify, decide, start one run for each service that the push concerns. Called by `handlers/webhook.py` for every delivery.

A delivery is stored as `received`, together with what its ref points at now, then the executions are started, then it is `started`. A crash in between
loses nothing: the redelivery finds the same names and goes on. A push that comes late, after a newer one of the same ref, starts nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from slipway.domain import push as pushes
from slipway.domain.push import Accepted, Ignored, Push
from slipway.ports import Configurations, Deliveries, PushedRef, Receipt, Workflows
from slipway.steps.github_event import explain, parse_push
from slipway.steps.start_runs import runs_of, start_runs

LARGEST_BODY_BYTES = 5_000_000
"""Room for a push of 2,048 commits (about 1 KB each, and their files), and below the 6 MB of a Lambda call, of which escaping the body takes a part.

A larger one is answered with 413: `catch_up` sees that the ref has changed. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


@dataclass(frozen=True)
class WebhookRequest:
    body: bytes
    event: str
    delivery: str
    signature: str


@dataclass(frozen=True)
class WebhookAnswer:
    """`run` is the first of the `runs`, empty when there are none."""

    status: HTTPStatus
    message: str
    runs: tuple[str, ...] = ()

    @property
    def run(self) -> str:
        return next(iter(self.runs), "")


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
        return WebhookAnswer(HTTPStatus.ACCEPTED, explain(request.event, payload))
    parsed = parse_push(payload)
    if parsed is None or not request.delivery:
        return WebhookAnswer(HTTPStatus.BAD_REQUEST, "This isn't a push event of GitHub: repository, ref, after or X-GitHub-Delivery is missing.")
    decision = pushes.decide(parsed, configurations.read())
    if isinstance(decision, Ignored):
        return WebhookAnswer(HTTPStatus.ACCEPTED, decision.reason)
    runs = runs_of(parsed, decision, request.delivery)
    pushed = PushedRef(parsed.repository, parsed.ref, parsed.before, parsed.after, parsed.at or int(now.timestamp()))
    receipt = deliveries.receive(request.delivery, ", ".join(runs), pushed, now)
    if receipt is Receipt.STARTED:
        return WebhookAnswer(HTTPStatus.ACCEPTED, "This delivery has started its run already.", tuple(runs))
    if receipt is Receipt.OVERTAKEN:
        return WebhookAnswer(HTTPStatus.ACCEPTED, f"A newer push of {parsed.ref} is known, or this one was seen without its event; nothing to start.")
    start_runs(runs, parsed, asked_at(parsed, now), workflows)
    deliveries.started(request.delivery)
    return WebhookAnswer(HTTPStatus.ACCEPTED, f"Releasing {parsed.commit[:12]} {_where(decision)}.", tuple(runs))


def asked_at(push: Push, now: datetime) -> datetime:
    """When the push was, so that of two pushes the newer one wins however late or in which order their events come.

    GitHub's seconds are coarse: within one, what comes later counts as later.
    """
    late = now.timestamp() - push.at
    return datetime.fromtimestamp(push.at + late / (late + 1), UTC) if push.at and late > 0 else now


def _where(decision: Sequence[Accepted]) -> str:
    if len(decision) == 1:
        return f"to {', '.join(decision[0].environments)}"
    return "; ".join(f"of {accepted.service.name} to {', '.join(accepted.environments)}" for accepted in decision)


def is_signed(body: bytes, signature: str, secret: bytes) -> bool:
    """Constant-time check of GitHub's HMAC.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
