"""SQS as an event source of functions: a poller for each mapping takes messages, invokes the function, and deletes what it didn't report as failed.

moto calls the function inside of the request that sends a message, with one message at a time and without partial failures; `attach` puts this in its place.
Imitated: batches, `ReportBatchItemFailures`, the visibility timeout of what failed, redrive to the dead letter queue, the order within the groups of a FIFO
queue (the last three by moto's SQS). Left out: more than one batch at a time for a mapping, batching windows, filters,
message attributes, Lambda's slowing down after errors.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import json
import logging
import threading
from collections.abc import Sequence
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.sqs.models import sqs_backends

from twin.aws.functions.invocation import Outcome, Runner, described
from twin.corrections.patching import Patches

LOG = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 0.1
_CLOSING_SECONDS = 5.0


class QueueSources:
    """The pollers of all mappings, until `close`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, backend: Any, mapping: Any) -> None:
        """Poll for a mapping of moto's until it is deleted there; while it is disabled, nothing is taken."""
        queues = sqs_backends[backend.account_id][backend.region_name].queues.values()
        queue = next(found for found in queues if found.queue_arn == mapping.event_source_arn)
        queue.lambda_event_source_mappings.clear()
        thread = threading.Thread(target=self._poll, args=(backend, mapping, queue), name=f"poller of {queue.name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Take nothing any more. A batch that is being worked on has a few seconds to end."""
        self._closed.set()
        for thread in self._threads:
            thread.join(_CLOSING_SECONDS)

    def _poll(self, backend: Any, mapping: Any, queue: Any) -> None:
        sqs = sqs_backends[backend.account_id][backend.region_name]
        while not self._closed.is_set() and backend.get_event_source_mapping(mapping.uuid) is mapping:
            messages = sqs.receive_message(queue.name, mapping.batch_size, 0, queue.visibility_timeout) if mapping.enabled else []
            if not messages:
                self._closed.wait(_LOOK_AGAIN_SECONDS)
                continue
            try:
                event = {"Records": [_record(message, queue) for message in messages]}
                outcome = self._runner.invoke(described(backend.get_function(mapping.function_arn)), json.dumps(event).encode())
                staying = failed(outcome, [message.id for message in messages], mapping.function_response_types or ())
                for message in messages:
                    if message.id not in staying:
                        sqs.delete_message(queue.name, message.receipt_handle)
            except Exception:  # the messages come again; the poller must be there then
                LOG.exception("a batch of %s can't be handed over", queue.name)


def attach(runner: Runner, patches: Patches) -> QueueSources:
    """Let every SQS mapping that is created from now on be polled."""
    sources, create = QueueSources(runner), LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(backend: Any, spec: dict[str, Any]) -> Any:
        mapping = create(backend, spec)
        if spec["FunctionName"].startswith("arn:"):
            mapping.function_arn = spec["FunctionName"]  # an alias stays one: moto would go on with the version that it means now
        if ":sqs:" in mapping.event_source_arn:
            sources.start(backend, mapping)
        return mapping

    patches.replace(LambdaBackend, "create_event_source_mapping", create_event_source_mapping)
    return sources


def failed(outcome: Outcome, messages: Sequence[str], response_types: Sequence[str]) -> frozenset[str]:
    """Identities of the messages that stay in the queue.

    All of them when the function failed or its report can't be understood; none when it reports none, or isn't asked for a report.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    everything = frozenset(messages)
    if outcome.failed:
        return everything
    if "ReportBatchItemFailures" not in response_types:
        return frozenset()
    try:
        match json.loads(outcome.payload or b"null"):
            case None:
                return frozenset()
            case {"batchItemFailures": None}:
                return frozenset()
            case {"batchItemFailures": list(items)}:
                reported = [item["itemIdentifier"] for item in items]
                return frozenset(reported) if all(isinstance(identity, str) and identity for identity in reported) else everything
            case dict(report) if not report:
                return frozenset()
    except (ValueError, LookupError, TypeError):
        return everything
    return everything


def _record(message: Any, queue: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event and the FIFO one beside it."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if queue.fifo_queue:
        attributes |= {
            "SequenceNumber": message.sequence_number,
            "MessageGroupId": message.group_id,
            "MessageDeduplicationId": message.deduplication_id,
        }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }
