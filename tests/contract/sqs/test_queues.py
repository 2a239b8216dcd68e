"""SQS of the twin: requests don't mix, and a long queue is no slower than a short one."""

import threading
from collections.abc import Iterator
from typing import Any

from moto.sqs.models import Message, sqs_backends

from tests.contract.needs import Sandbox, needs
from twin.aws import server
from twin.corrections.patching import Patches

A_MOMENT_SECONDS = 0.5


class _SendingAtItsEnd(list[Any]):
    """Once somebody has looked at all messages, somebody else sends one: as late as it can be."""

    def __init__(self, messages: list[Any], sender: threading.Thread) -> None:
        super().__init__(messages)
        self._sender = sender

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        if self._sender.ident is None:
            self._sender.start()
            self._sender.join(A_MOMENT_SECONDS)


@needs("a_queue_is_changed_by_one_request_at_a_time")
def test_a_message_that_is_sent_while_another_one_is_deleted_stays(sandbox: Sandbox) -> None:
    sqs = sandbox.machines.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="first")
    received = sqs.receive_message(QueueUrl=url)["Messages"][0]
    sender = threading.Thread(target=lambda: sqs.send_message(QueueUrl=url, MessageBody="second"))
    queue = sqs_backends[server.ACCOUNT][server.REGION].queues["q"]
    queue._messages = _SendingAtItsEnd(queue._messages, sender)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    sender.join()
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", [])] == ["second"]


@needs("messages_are_counted_for_those_who_ask")
def test_messages_are_counted_only_when_somebody_asks(sandbox: Sandbox) -> None:
    sqs, looks = sandbox.machines.client("sqs"), Patches()
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    looked_at: list[str] = []

    def delayed(message: Any) -> bool:
        looked_at.append(message.body)
        return False

    looks.replace(Message, "delayed", property(delayed))
    try:
        sqs.send_message(QueueUrl=url, MessageBody="3")
        assert looked_at == []
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "MessageRetentionPeriod"])["Attributes"]
        assert asked == {"ApproximateNumberOfMessages": "4", "MessageRetentionPeriod": "345600"}
        assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "0"
    finally:
        looks.undo()
