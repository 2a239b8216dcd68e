"""GitHub's webhook, behind API Gateway (HTTP API, payload format 2.0)."""

import base64
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.steps.webhook import WebhookAnswer, WebhookRequest, webhook
from slipway.telemetry import logger, metrics, traced

LONGEST_HEADER = 64
"""Characters that are logged. GitHub's are shorter: a delivery is a GUID."""
app = APIGatewayHttpResolver()


@app.post("/webhooks/github")
def receive() -> Response[str]:
    event = app.current_event
    body = event.body or ""
    request = WebhookRequest(
        body=base64.b64decode(body) if event.is_base64_encoded else body.encode(),
        event=event.headers.get("x-github-event", ""),
        delivery=event.headers.get("x-github-delivery", ""),
        signature=event.headers.get("x-hub-signature-256", ""),
    )
    answer = webhook(
        request,
        secrets=platform.webhook_secret.values(),
        configurations=platform.configurations,
        deliveries=platform.deliveries,
        workflows=platform.workflows,
        now=platform.clock(),
    )
    _log(request, answer)
    return Response(int(answer.status), "application/json", json.dumps({"message": answer.message, "run": answer.run, "runs": answer.runs}))


def _log(request: WebhookRequest, answer: WebhookAnswer) -> None:
    """Headers are anybody's until the signature has been verified: of such a request nothing is written down but its status."""
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        logger.set_correlation_id(None)
        logger.info("webhook answered", status=int(answer.status))
        return
    delivery, event = request.delivery[:LONGEST_HEADER], request.event[:LONGEST_HEADER]
    logger.set_correlation_id(answer.run or delivery)
    logger.info("webhook answered", delivery=delivery, github_event=event, status=int(answer.status), answer=answer.message)


@traced
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
