"""A test that passes with a correction of moto and fails without it, so that the correction can go when the library is mended."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from twin.aws.interpreter import Interpreter, interpreter

SHORT_PATIENCE_SECONDS = 3.0
Check = Callable[["Sandbox"], None]


class Sandbox:
    """State machines over a few plain functions: `echo`, `fail` (raises Boom) and `keep` (keeps the event's `token`)."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.machines: Interpreter

    def functions(self) -> dict[str, Callable[[Any], Any]]:
        return {"echo": lambda event: event, "fail": self._fail, "keep": self._keep}

    def task(self, function: str, **more: Any) -> dict[str, Any]:
        """A Task state that ends the machine."""
        parameters = {"FunctionName": self.machines.function_arn(function), "Payload.$": "$"}
        return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, "OutputPath": "$.Payload", "End": True, **more}

    def token_task(self, **more: Any) -> dict[str, Any]:
        """A Task state that hands its token to `keep` and waits."""
        parameters = {"FunctionName": self.machines.function_arn("keep"), "Payload": {"token.$": "$$.Task.Token"}}
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": parameters,
            "TimeoutSeconds": 60,
            "End": True,
            **more,
        }

    def create(self, name: str = "machine", **states: dict[str, Any]) -> str:
        """A state machine that starts at the first of `states`."""
        return self.machines.create(name, {"StartAt": next(iter(states)), "States": states})

    def until_token(self, number: int = 1) -> str:
        """The latest of at least `number` tokens."""
        self.machines.until(lambda: len(self.tokens) >= number)
        return self.tokens[-1]

    def _keep(self, event: dict[str, str]) -> dict[str, str]:
        self.tokens.append(event["token"])
        return {}

    @staticmethod
    def _fail(event: Any) -> None:
        raise Boom(str(event))


class Boom(Exception):
    """What the function `fail` raises."""


class Meeting:
    """Where two threads meet in the middle of a request; one that waits alone goes on after a moment."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2, timeout=0.5)

    def wait(self) -> None:
        try:
            self._barrier.wait()
        except threading.BrokenBarrierError:
            return


def needs(correction: str) -> Callable[[Check], Callable[[bool], None]]:
    """Run the test with all corrections, where it must pass, and without `correction`, where it must fail."""

    def decorate(check: Check) -> Callable[[bool], None]:
        @pytest.mark.parametrize("corrected", [True, False], ids=["corrected", "as shipped"])
        def test(corrected: bool) -> None:
            if corrected:
                _run(check)
            else:
                with pytest.raises((Exception, pytest.fail.Exception)):
                    _run(check, without=(correction,), patience_seconds=SHORT_PATIENCE_SECONDS)

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        test.proves = correction  # type: ignore[attr-defined]
        return test

    return decorate


def _run(check: Check, **options: Any) -> None:
    sandbox = Sandbox()
    with interpreter(sandbox.functions(), pace=0.01, **options) as machines:
        sandbox.machines = machines
        check(sandbox)
