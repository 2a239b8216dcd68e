"""GitHub's webhook, behind API Gateway (HTTP API, payload format 2.0)."""

import base64
import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.steps.webhook import WebhookRequest, webhook
from slipway.telemetry import logger, metrics, traced

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
    logger.set_correlation_id(answer.run or request.delivery)
    logger.info("webhook answered", delivery=request.delivery, github_event=request.event, status=int(answer.status), answer=answer.message)
    return Response(int(answer.status), "application/json", json.dumps({"message": answer.message, "run": answer.run}))


@traced
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
