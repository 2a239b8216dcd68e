"""The Invoke call of the twin's Lambda: how an event gets in and an answer out. What a worker does with it is in `test_workers`."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from twin.aws.interpreter import Interpreter, interpreter

INVOKE = pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
LIMITS = pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html")


def much(event: dict[str, int]) -> str:
    return "x" * event["bytes"]


def divide(event: dict[str, int]) -> float:
    return 1 / event["by"]


@pytest.fixture(scope="module")
def machines() -> Iterator[Interpreter]:
    with interpreter({"much": much, "divide": divide}, pace=0.01) as machines:
        yield machines


@pytest.fixture(scope="module")
def functions(machines: Interpreter) -> Any:
    return machines.client("lambda")


def padded(size: int) -> bytes:
    """An event of that many bytes."""
    text = json.dumps({"by": 1, "text": ""})
    return json.dumps({"by": 1, "text": "x" * (size - len(text))}).encode()


@INVOKE
def test_an_answer_is_the_handlers_json(functions: Any) -> None:
    answer = functions.invoke(FunctionName="divide", Payload=b'{"by": 4}')
    assert (answer["StatusCode"], json.load(answer["Payload"])) == (200, 0.25)
    assert "FunctionError" not in answer


@INVOKE
def test_an_error_of_the_function_is_an_answer_that_says_so(functions: Any) -> None:
    answer = functions.invoke(FunctionName="divide", Payload=b'{"by": 0}')
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.load(answer["Payload"])["errorType"] == "ZeroDivisionError"


@INVOKE
def test_an_asynchronous_event_is_accepted_whatever_becomes_of_it(functions: Any) -> None:
    assert functions.invoke(FunctionName="divide", InvocationType="Event", Payload=b'{"by": 0}')["StatusCode"] == 202


@INVOKE
def test_a_dry_run_runs_nothing(functions: Any) -> None:
    assert functions.invoke(FunctionName="divide", InvocationType="DryRun", Payload=b'{"by": 0}')["StatusCode"] == 204


@INVOKE
def test_a_function_that_is_not_there_is_not_found(functions: Any) -> None:
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke(FunctionName="nobody")


@LIMITS
@pytest.mark.parametrize(("kind", "largest"), [("RequestResponse", 6_291_456), ("Event", 262_144)])
def test_an_event_has_its_limit(functions: Any, kind: str, largest: int) -> None:
    functions.invoke(FunctionName="divide", InvocationType=kind, Payload=padded(largest))
    with pytest.raises(functions.exceptions.RequestTooLargeException, match=f"smaller than {largest} bytes"):
        functions.invoke(FunctionName="divide", InvocationType=kind, Payload=padded(largest + 1))


@LIMITS
def test_an_answer_has_its_limit(functions: Any) -> None:
    answer = functions.invoke(FunctionName="much", Payload=b'{"bytes": 6300000}')
    assert json.load(answer["Payload"])["errorType"] == "Function.ResponseSizeTooLarge"
