"""What people read when a task failed."""

import json

import pytest

from slipway.domain.failure import readable

LAMBDA = {"errorMessage": "The cluster didn't answer", "errorType": "TemporarilyUnavailable", "stackTrace": ["  File ..."]}


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("TemporarilyUnavailable - " + json.dumps(LAMBDA), "TemporarilyUnavailable: The cluster didn't answer"),
        ("States.TaskFailed - " + json.dumps({"Error": "Unexpected", "Cause": json.dumps(LAMBDA)}), "Unexpected: The cluster didn't answer"),
        ("States.Timeout - ", "States.Timeout: "),
        ("States.Timeout - the task took too long", "States.Timeout: the task took too long"),
        ("web-1, container web: terminated 2 times", "web-1, container web: terminated 2 times"),
        ("Odd - [1, 2]", "Odd: [1, 2]"),
    ],
)
def test_a_reason_is_a_sentence(reason: str, sentence: str) -> None:
    assert readable(reason) == sentence


def test_a_reason_is_never_long() -> None:
    assert len(readable("Unexpected - " + json.dumps({"errorMessage": "x" * 9000}))) == 2000
