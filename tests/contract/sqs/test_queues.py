"""SQS of the twin: requests don't mix."""

import threading
from collections.abc import Iterator
from typing import Any

from moto.sqs.models import sqs_backends

from tests.contract.needs import Sandbox, needs
from twin.aws import server

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
