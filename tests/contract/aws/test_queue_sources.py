"""SQS as an event source on the twin: what the function gets, and what becomes of the messages."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from twin.aws.events import queues, topics
from twin.aws.functions.invocation import Function, Outcome
from twin.aws.interpreter import Interpreter, interpreter
from twin.corrections.patching import Patches

PATIENCE_SECONDS = 20
A_MOMENT_SECONDS = 0.5
"""Several times what the poller waits between two looks."""
Answer = Callable[[list[dict[str, Any]]], Outcome]


def done(records: list[dict[str, Any]]) -> Outcome:
    return Outcome(b"null", failed=False)


def report(records: list[dict[str, Any]], *bodies: str) -> Outcome:
    """Those bodies have failed."""
    items = [{"itemIdentifier": record["messageId"]} for record in records if record["body"] in bodies]
    return Outcome(json.dumps({"batchItemFailures": items}).encode(), failed=False)


@dataclass
class Source:
    """A queue with a dead letter queue, and a function behind it whose answers the test gives."""

    machines: Interpreter
    answer: Answer = done
    batches: "queue.SimpleQueue[list[dict[str, Any]]]" = field(default_factory=queue.SimpleQueue)

    def invoke(self, function: Function, event: bytes) -> Outcome:
        records = json.loads(event)["Records"]
        outcome = self.answer(records)
        self.batches.put(records)
        return outcome

    def next_bodies(self) -> list[str]:
        return [record["body"] for record in self.batches.get(timeout=PATIENCE_SECONDS)]

    def make_queue(self, *, fifo: bool = False, most_receives: int = 100, visibility_seconds: int = 0, **mapping: Any) -> str:
        """The queue's URL. A mapping leads to the function `listener`."""
        sqs, end = self.machines.client("sqs"), ".fifo" if fifo else ""
        kind = {"FifoQueue": "true"} if fifo else {}
        dead = sqs.create_queue(QueueName=f"dead{end}", Attributes=kind)["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": most_receives})
        attributes = {**kind, "RedrivePolicy": redrive, "VisibilityTimeout": str(visibility_seconds)}
        url = str(sqs.create_queue(QueueName=f"q{end}", Attributes=attributes)["QueueUrl"])
        self.machines.client("lambda").create_event_source_mapping(FunctionName="listener", EventSourceArn=self._arn(url), **mapping)
        return url

    def send(self, url: str, *bodies: str, group: str = "") -> None:
        sqs = self.machines.client("sqs")
        for body in bodies:
            sqs.send_message(QueueUrl=url, MessageBody=body, **({"MessageGroupId": group, "MessageDeduplicationId": body} if group else {}))

    def left(self, name: str = "q") -> int:
        """Messages in the queue, those that are being worked on included."""
        sqs = self.machines.client("sqs")
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], AttributeNames=names)["Attributes"]
        return sum(int(number) for number in found.values())

    def _arn(self, url: str) -> str:
        return str(self.machines.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


@pytest.fixture
def source() -> Iterator[Source]:
    with interpreter({"listener": lambda event: event}, pace=0.01) as machines:
        source, patches = Source(machines), Patches()
        sources = queues.attach(source, patches)
        yield source
        sources.close()
        patches.undo()


def until(condition: Callable[[], bool]) -> None:
    """Ask again and again; most conditions are requests to SQS, and the poller goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline


def test_a_function_gets_messages_as_lambda_gives_them_and_done_ones_are_gone(source: Source) -> None:
    url = source.make_queue(visibility_seconds=60)
    source.send(url, "hello")
    [record] = source.batches.get(timeout=PATIENCE_SECONDS)
    assert (record["body"], record["eventSource"], record["awsRegion"]) == ("hello", "aws:sqs", "us-east-1")
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:q" and record["messageId"] and record["receiptHandle"]
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["attributes"]["ApproximateReceiveCount"] == "1" and int(record["attributes"]["SentTimestamp"]) > 0
    until(lambda: source.left() == 0)


def test_sending_doesnt_wait_for_the_function(source: Source) -> None:
    """moto alone would invoke the function inside of the request; here the request has ended before the function may answer."""
    sent: queue.SimpleQueue[None] = queue.SimpleQueue()

    def answer(records: list[dict[str, Any]]) -> Outcome:
        sent.get(timeout=PATIENCE_SECONDS)
        return done(records)

    source.answer = answer
    source.send(source.make_queue(visibility_seconds=60), "hello")
    sent.put(None)
    assert source.next_bodies() == ["hello"]


def test_many_messages_come_in_batches_no_larger_than_the_mapping_says(source: Source) -> None:
    held: queue.SimpleQueue[None] = queue.SimpleQueue()

    def answer(records: list[dict[str, Any]]) -> Outcome:
        held.get(timeout=PATIENCE_SECONDS)
        return done(records)

    source.answer = answer
    url = source.make_queue(visibility_seconds=60, BatchSize=4)
    source.send(url, *(str(number) for number in range(9)))
    for _ in range(9):
        held.put(None)
    sizes = []
    while sum(sizes) < 9:
        sizes.append(len(source.next_bodies()))
    assert max(sizes) == 4


def test_only_what_is_reported_as_failed_comes_again(source: Source) -> None:
    answers: list[Answer] = [lambda records: report(records, "bad"), done]
    source.answer = lambda records: answers.pop(0)(records)
    url = source.make_queue(fifo=True, FunctionResponseTypes=["ReportBatchItemFailures"], Enabled=False)
    source.send(url, "good", "bad", group="g")
    with pytest.raises(queue.Empty):
        source.batches.get(timeout=A_MOMENT_SECONDS)
    enable(source)
    assert (source.next_bodies(), source.next_bodies()) == (["good", "bad"], ["bad"])
    until(lambda: source.left("q.fifo") == 0)


def enable(source: Source) -> None:
    functions = source.machines.client("lambda")
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def test_a_report_that_nobody_asked_for_is_not_read(source: Source) -> None:
    source.answer = lambda records: report(records, "bad")
    url = source.make_queue(visibility_seconds=60)
    source.send(url, "bad")
    assert source.next_bodies() == ["bad"]
    until(lambda: source.left() == 0)


def test_what_fails_again_and_again_ends_in_the_dead_letter_queue(source: Source) -> None:
    source.answer = lambda records: Outcome(b'{"errorType": "Boom"}', failed=True)
    url = source.make_queue(most_receives=2)
    source.send(url, "bad")
    until(lambda: source.left("dead") == 1)
    assert [source.next_bodies(), source.next_bodies()] == [["bad"], ["bad"]]
    assert source.batches.empty()


def test_what_failed_stays_hidden_for_the_visibility_timeout(source: Source) -> None:
    source.answer = lambda records: Outcome(b"{}", failed=True)
    url = source.make_queue(visibility_seconds=60)
    source.send(url, "bad")
    assert source.next_bodies() == ["bad"]
    source.answer = done
    source.send(url, "good")
    assert source.next_bodies() == ["good"]
    until(lambda: source.left() == 1)


def test_a_failed_message_holds_up_its_own_group_only(source: Source) -> None:
    source.answer = lambda records: report(records, "bad")
    url = source.make_queue(fifo=True, visibility_seconds=60, BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    source.send(url, "bad", "behind", group="g")
    assert source.next_bodies() == ["bad"]
    source.send(url, "other", group="h")
    assert source.next_bodies() == ["other"]
    until(lambda: source.left("q.fifo") == 2)


@pytest.mark.parametrize(
    ("payload", "staying"),
    [
        (b"", set()),
        (b"null", set()),
        (b"{}", set()),
        (b'{"batchItemFailures": []}', set()),
        (b'{"batchItemFailures": null}', set()),
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', {"b"}),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', {"a", "b"}),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', {"a", "b"}),
        (b'{"batchItemFailures": [{"identifier": "b"}]}', {"a", "b"}),
        (b'{"batchItemFailures": "b"}', {"a", "b"}),
        (b"not JSON", {"a", "b"}),
    ],
)
def test_a_report_is_read_as_lambda_reads_it(payload: bytes, staying: set[str]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#sqs-success-and-failure-conditions"""
    assert queues.failed(Outcome(payload, failed=False), ["a", "b"], ["ReportBatchItemFailures"]) == staying
    assert queues.failed(Outcome(payload, failed=True), ["a", "b"], ["ReportBatchItemFailures"]) == {"a", "b"}


def test_a_mapping_that_is_deleted_takes_nothing_any_more(source: Source) -> None:
    url = source.make_queue()
    functions = source.machines.client("lambda")
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    until(lambda: not any(thread.name == "poller of q" for thread in threading.enumerate()))
    source.send(url, "hello")
    assert source.left() == 1 and source.batches.empty()


def test_what_is_published_to_a_topic_is_announced_in_one_line(source: Source) -> None:
    announced: list[str] = []
    patches = Patches()
    topics.attach(announced.append, patches)
    try:
        sns = source.machines.client("sns")
        topic = sns.create_topic(Name="events")["TopicArn"]
        sns.publish(TopicArn=topic, Subject="prod is live", Message="{}")
        sns.publish(TopicArn=topic, Message="a\nready\x1b]0;owned\u202e" + "x" * 500)
    finally:
        patches.undo()
    assert announced[0] == "published to events: prod is live"
    assert announced[1].startswith("published to events: a�ready�]0;owned�xxx") and announced[1].endswith("…") and len(announced[1]) == 300
