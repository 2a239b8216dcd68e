"""What a function's configuration says about its asynchronous invocations, and where an event goes after its last try.

Used by `invocation`. Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html. Queues only; `provision` refuses other destinations.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.sqs.models import sqs_backends

_LONGEST_MESSAGE_BYTES = 1024


@dataclass(frozen=True)
class InvokeConfiguration:
    """How often and how long an event is tried, and the ARNs of the queues that are told; empty for none."""

    retries: int = 2
    oldest_seconds: float = 21_600
    dead_letter_queue: str = ""
    on_failure: str = ""
    on_success: str = ""


def invoke_configuration(invoke_config: Mapping[str, Any], dead_letter_config: Mapping[str, Any]) -> InvokeConfiguration:
    """Out of what PutFunctionEventInvokeConfig and CreateFunction were given."""
    destinations = invoke_config.get("DestinationConfig", {})
    return InvokeConfiguration(
        retries=invoke_config.get("MaximumRetryAttempts", InvokeConfiguration.retries),
        oldest_seconds=invoke_config.get("MaximumEventAgeInSeconds", InvokeConfiguration.oldest_seconds),
        dead_letter_queue=dead_letter_config.get("TargetArn", ""),
        on_failure=destinations.get("OnFailure", {}).get("Destination", ""),
        on_success=destinations.get("OnSuccess", {}).get("Destination", ""),
    )


@dataclass(frozen=True)
class Ending:
    """How an event's tries ended: `condition` is Success, RetriesExhausted or EventAgeExceeded; `response` is what the last of them gave."""

    condition: str
    request_id: str
    function_arn: str
    version: str
    tries: int
    event: bytes
    response: bytes

    @property
    def failed(self) -> bool:
        """Whether the event is lost but for what is kept of it."""
        return self.condition != "Success"


def keep(ending: Ending, wanted: InvokeConfiguration) -> None:
    """Send an event's end to the queues that want to know. Any error of moto's SQS, for one that isn't there or a message too large for it."""
    if ending.failed and wanted.dead_letter_queue:
        _send(wanted.dead_letter_queue, ending.event.decode(), _dead_letter_attributes(ending))
    if destination := wanted.on_failure if ending.failed else wanted.on_success:
        _send(destination, json.dumps(_record(ending)), {})


def _dead_letter_attributes(ending: Ending) -> dict[str, Any]:
    message = str(json.loads(ending.response).get("errorMessage", "")).encode()[:_LONGEST_MESSAGE_BYTES]
    return {
        "RequestID": {"DataType": "String", "StringValue": ending.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": message.decode(errors="ignore")},
    }


def _record(ending: Ending) -> dict[str, Any]:
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": f"{ending.function_arn.removesuffix(f':{ending.version}')}:{ending.version}",
            "condition": ending.condition,
            "approximateInvokeCount": ending.tries,
        },
        "requestPayload": json.loads(ending.event),
        "responseContext": {"statusCode": 200, "executedVersion": ending.version, **({"functionError": "Unhandled"} if ending.failed else {})},
        "responsePayload": json.loads(ending.response or b"null"),
    }


def _send(queue_arn: str, body: str, attributes: dict[str, Any]) -> None:
    region, account, name = queue_arn.split(":")[3:]
    sqs_backends[account][region].send_message(name, body, message_attributes=attributes)
