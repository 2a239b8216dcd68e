"""Step Functions as the property tests play it: walks the real `deploy` definition, starts a call for each task, and answers each token once.

Leaves out what the definition doesn't use. How tokens, retries and catchers behave:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import to_jsonable_python

from slipway.domain.deployment import DeployRequest
from tests.fakes.world import FakeWorkflows
from tests.property.scheduling import Call, Killed

DEPLOY: Mapping[str, Any] = yaml.safe_load(Path("statemachines/deploy.asl.yaml").read_text())
_TOO_OFTEN = 1_000
"""More attempts than any state has."""
ARN = "arn:aws:states:us-east-1:123456789012:execution:slipway-deploy:"
RUNNING, SUCCEEDED, FAILED, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "ABORTED"
Start = Callable[[str, Mapping[str, object]], Call]
"""Starts a call of the step of that name with that request."""


@dataclass
class Execution:
    """One execution of `deploy`. `token` is the one that its task waits with now; an answered or an earlier one is good for nothing."""

    name: str
    data: dict[str, Any]
    start: Start
    clock: Callable[[], datetime]
    status: str = RUNNING
    state: str = ""
    call: Call | None = None
    token: str = ""
    tokens: list[str] = field(default_factory=list)
    retried: int = 0
    since: datetime | None = None
    states: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return ARN + self.name

    @property
    def is_running(self) -> bool:
        return self.status == RUNNING

    def abort(self) -> None:
        """Whatever call is at work goes on: Step Functions doesn't stop it."""
        self._end(ABORTED)

    def enter(self, state: str) -> None:
        while True:
            self.state, self.retried = state, 0
            self.states.append(state)
            definition = DEPLOY["States"][state]
            match definition["Type"]:
                case "Task":
                    return self._invoke()
                case "Choice":
                    state = next((choice["Next"] for choice in definition["Choices"] if self._holds(choice)), definition.get("Default", ""))
                case "Pass":
                    given = self._given(definition["Parameters"]) if "Parameters" in definition else self._at(definition["InputPath"])
                    self._put(definition["ResultPath"], given)
                    state = definition["Next"]
                case "Fail":
                    return self._end(FAILED)
                case "Succeed":
                    return self._end(SUCCEEDED)

    def call_ended(self, call: Call) -> None:
        """The function has answered, raised or was killed. Of a task that waits with a token, the answer says nothing."""
        if not self.is_running or call is not self.call:
            return
        self.call = None
        if call.error is not None:
            self.fail("Runtime.ExitError" if isinstance(call.error, Killed) else type(call.error).__name__, str(call.error))
        elif not self.token:
            self._go_on(call.result)

    def answered(self, output: Mapping[str, object]) -> None:
        self._go_on(dict(output))

    def fail(self, error: str, cause: str = "") -> None:
        definition = DEPLOY["States"][self.state]
        for retrier in definition.get("Retry", ()):
            if _matches(error, retrier) and self.retried < retrier["MaxAttempts"]:
                self.retried += 1
                return self._invoke()
        catcher = next((catcher for catcher in definition.get("Catch", ()) if _matches(error, catcher)), None)
        self.call, self.token = None, ""
        if catcher is None:
            return self._end(FAILED)
        self._put(catcher["ResultPath"], {"Error": error, "Cause": cause})
        return self.enter(catcher["Next"])

    def give_up_retrying(self) -> None:
        """Others have used up the attempts."""
        self.retried = _TOO_OFTEN

    def time_passed(self) -> None:
        """A task that waits too long for its token times out."""
        definition = DEPLOY["States"][self.state]
        if self.is_running and self.token and self.since is not None:
            seconds = self._at(definition["TimeoutSecondsPath"]) if "TimeoutSecondsPath" in definition else definition["TimeoutSeconds"]
            if self.clock() >= self.since + timedelta(seconds=seconds):
                self.fail("States.Timeout")

    def _invoke(self) -> None:
        definition = DEPLOY["States"][self.state]
        waits = "FunctionName" in definition["Parameters"]
        if waits:
            self.token = f"{self.name}/{self.state}/{len(self.tokens)}"
            self.tokens.append(self.token)
        payload = definition["Parameters"]["Payload"] if waits else definition["Parameters"]
        function = definition["Parameters"]["FunctionName"] if waits else definition["Resource"]
        self.since = self.clock()
        self.call = self.start(_step(function), self._given(payload))

    def _go_on(self, result: Any) -> None:
        definition = DEPLOY["States"][self.state]
        self.call, self.token = None, ""
        if "ResultSelector" in definition:
            result = {key.removesuffix(".$"): result[path.removeprefix("$.")] for key, path in definition["ResultSelector"].items()}
        self._put(definition["ResultPath"], result)
        if "OutputPath" in definition:
            self.data = self._at(definition["OutputPath"])
        self.enter(definition["Next"])

    def _end(self, status: str) -> None:
        self.status, self.call, self.token = status, None, ""

    def _given(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {key.removesuffix(".$"): self._at(value) if key.endswith(".$") else value for key, value in parameters.items()}

    def _at(self, path: str) -> Any:
        if path.startswith("States.JsonToString("):
            return json.dumps(self._at(path.removeprefix("States.JsonToString(").removesuffix(")")))
        assert path.startswith("$"), f"The definition uses {path}, which isn't played here"
        context = {"Execution": {"Name": self.name, "Id": self.arn}, "Task": {"Token": self.token}}
        value: Any = context if path.startswith("$$.") else self.data
        for name in path.lstrip("$.").split("."):
            value = value[name]
        return value

    def _put(self, path: str | None, value: Any) -> None:
        if path is not None:
            self.data = {**self.data, path.removeprefix("$."): value}

    def _holds(self, choice: Mapping[str, Any]) -> bool:
        try:
            value = self._at(choice["Variable"])
        except KeyError:
            return False
        return bool("IsPresent" in choice or value == choice.get("StringEquals", choice.get("BooleanEquals")))


class PlayedWorkflows(FakeWorkflows):
    """What steps see of it. No `release` runs here."""

    def __init__(self, start: Start, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.executions: dict[str, Execution] = {}
        self._start, self._clock = start, clock

    def is_running(self, execution: str) -> bool:
        found = self.executions.get(execution.removeprefix(ARN))
        return found is not None and found.is_running

    def start_deploy(self, request: DeployRequest) -> bool:
        if request.deployment in self.executions:
            return False
        self.start_named(request)
        return True

    def start_named(self, request: DeployRequest) -> Execution:
        execution = Execution(request.deployment, to_jsonable_python(request), self._start, self._clock)
        self.executions[request.deployment] = execution
        execution.enter(DEPLOY["StartAt"])
        return execution

    def waits_with(self, token: str) -> Execution | None:
        """Whose task waits with this token now."""
        return next((execution for execution in self.executions.values() if token and execution.token == token), None)

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        waiting = self.waits_with(token)
        if waiting is None:
            return False
        self.answers[token] = output
        waiting.answered(output)
        return True


def _step(function: str) -> str:
    """`${AcquireLeaseFunctionArn}` calls `acquire_lease`."""
    name = function.removeprefix("${").removesuffix("FunctionArn}")
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _matches(error: str, handler: Mapping[str, Any]) -> bool:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation"""
    return error in handler["ErrorEquals"] or "States.ALL" in handler["ErrorEquals"]
