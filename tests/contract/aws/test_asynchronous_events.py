"""Asynchronous invocations: how often an event is tried, and what is kept of it afterwards."""

import json
import logging
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from logging.handlers import QueueHandler
from typing import Any

import pytest
from moto.awslambda.models import lambda_backends

from twin.aws.functions.invocation import AsynchronousInvocations, Function, Outcome, described
from twin.aws.interpreter import Interpreter, interpreter

RETAINED = pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html")
RETRIES = pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html")
PATIENCE_SECONDS = 20
EVENT = '{"order": "ü"}'
BOOM = {"errorType": "Boom", "errorMessage": "no such order"}


@dataclass
class World:
    """Queues `dead`, `failed` and `done`, and functions that fail as often as the test says."""

    machines: Interpreter
    failures: int = 100
    error: dict[str, str] = field(default_factory=lambda: BOOM)
    tries: list[str] = field(default_factory=list)
    waits: tuple[float, ...] = (0.0, 0.0)

    def invoke(self, function: Function, event: bytes) -> Outcome:
        self.tries.append(event.decode())
        failed = len(self.tries) <= self.failures
        return Outcome(json.dumps(self.error if failed else {"total": 3}).encode(), failed, request_id=f"request {len(self.tries)}")

    def make(self, *, dead_letters: str = "", **configuration: Any) -> None:
        """The function, with these settings."""
        functions = self.machines.client("lambda")
        dead = {"DeadLetterConfig": {"TargetArn": arn(dead_letters)}} if dead_letters else {}
        role = "arn:aws:iam::123456789012:role/states"
        functions.create_function(FunctionName="f", Runtime="python3.13", Handler="f.f", Role=role, Code={"ZipFile": b""}, **dead)
        if configuration:
            self.configure(**configuration)

    def configure(self, **configuration: Any) -> None:
        self.machines.client("lambda").put_function_event_invoke_config(FunctionName="f", **configuration)

    def send(self) -> None:
        """EVENT to the function."""
        later = AsynchronousInvocations(self, retry_after_seconds=self.waits)
        later.accept(described(lambda_backends["123456789012"]["us-east-1"].get_function("f")), EVENT.encode())

    def run(self, **settings: Any) -> None:
        self.make(**settings)
        self.send()

    def received(self, name: str) -> dict[str, Any]:
        """The next message, awaited."""
        sqs = self.machines.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=PATIENCE_SECONDS)["Messages"]
        return dict(message)

    def record(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.received(name)["Body"]))

    def is_empty(self, name: str) -> bool:
        sqs = self.machines.client("sqs")
        return "Messages" not in sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])


def arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:123456789012:{name}"


def to(**destinations: str) -> dict[str, Any]:
    return {name: {"Destination": arn(queue_name)} for name, queue_name in destinations.items()}


@pytest.fixture
def world() -> Iterator[World]:
    with interpreter({}) as machines:
        for name in ("dead", "failed", "done"):
            machines.client("sqs").create_queue(QueueName=name)
        yield World(machines)


@RETAINED
def test_an_event_that_failed_to_the_end_is_a_dead_letter(world: World) -> None:
    world.run(dead_letters="dead")
    message = world.received("dead")
    assert message["Body"] == EVENT
    assert {name: (told["DataType"], told["StringValue"]) for name, told in message["MessageAttributes"].items()} == {
        "RequestID": ("String", "request 3"),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no such order"),
    }
    assert world.tries == [EVENT] * 3


@RETAINED
def test_of_a_long_error_a_dead_letter_has_the_first_kilobyte(world: World) -> None:
    world.error = {"errorType": "Boom", "errorMessage": "x" + "ü" * 600}
    world.run(dead_letters="dead")
    assert world.received("dead")["MessageAttributes"]["ErrorMessage"]["StringValue"] == "x" + "ü" * 511


@RETAINED
def test_an_event_that_failed_to_the_end_is_recorded_at_its_destination(world: World) -> None:
    world.run(DestinationConfig=to(OnFailure="failed", OnSuccess="done"))
    record = world.record("failed")
    assert abs(datetime.fromisoformat(record.pop("timestamp")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": "request 3",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"order": "ü"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": BOOM,
    }
    assert world.is_empty("done")


@RETAINED
def test_an_event_that_went_well_at_last_is_recorded_at_the_other_destination(world: World) -> None:
    world.failures = 1
    world.run(dead_letters="dead", DestinationConfig=to(OnFailure="failed", OnSuccess="done"))
    record = world.record("done")
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == ("Success", 2)
    assert (record["responseContext"], record["responsePayload"]) == ({"statusCode": 200, "executedVersion": "$LATEST"}, {"total": 3})
    assert world.is_empty("dead") and world.is_empty("failed")


@RETAINED
def test_a_failure_goes_to_the_dead_letters_and_to_the_destination(world: World) -> None:
    world.run(dead_letters="dead", DestinationConfig=to(OnFailure="failed"))
    assert world.record("failed")["requestPayload"] == json.loads(world.received("dead")["Body"])


@RETRIES
@pytest.mark.parametrize("retries", [0, 1, 2])
def test_an_event_is_tried_again_as_often_as_its_function_says(world: World, retries: int) -> None:
    world.run(MaximumRetryAttempts=retries, DestinationConfig=to(OnFailure="failed"))
    assert world.record("failed")["requestContext"]["approximateInvokeCount"] == len(world.tries) == retries + 1


@RETRIES
def test_an_event_isnt_tried_again_when_it_would_be_too_old(world: World) -> None:
    world.waits = (60.0, 120.0)
    world.run(MaximumEventAgeInSeconds=60, DestinationConfig=to(OnFailure="failed"))
    context = world.record("failed")["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


@RETRIES
def test_the_latest_configuration_counts(world: World) -> None:
    world.make(MaximumRetryAttempts=2)
    world.configure(MaximumRetryAttempts=0, DestinationConfig=to(OnFailure="failed"))
    world.send()
    assert world.record("failed")["requestContext"]["approximateInvokeCount"] == 1


@RETAINED
def test_an_end_that_cant_be_sent_is_logged(world: World) -> None:
    told: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    logger, handler = logging.getLogger("twin.aws.functions.invocation"), QueueHandler(told)
    logger.addHandler(handler)
    world.run(dead_letters="nowhere", MaximumRetryAttempts=0)
    messages = [told.get(timeout=PATIENCE_SECONDS).getMessage() for _ in range(2)]
    logger.removeHandler(handler)
    assert messages[1].startswith("the end of an event for arn:aws:lambda:us-east-1:123456789012:function:f can't be sent")
