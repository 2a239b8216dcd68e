"""State machines with Python callables in the place of their Lambda functions: the real ASL on every branch, for tests.

    with interpreter({"slipway-plan": plan}) as machines:
        machines.create("deploy", Path("statemachines/deploy.asl.yaml"), {"PlanFunction": machines.function_arn("slipway-plan")})
        ended = machines.run("deploy", {"service": "sample-app"})
        assert ended.status == "SUCCEEDED", ended

A callable gets the event and returns the result; an exception becomes a function error named by its class. Everything else is
the twin's own: corrected moto behind its HTTP API on a free port, in this process. One interpreter at a time in a process
(moto's state is global), so tests may run in parallel under pytest-xdist.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from twin.aws import server
from twin.aws.functions.invocation import Function, Outcome, attach
from twin.aws.template.definition import Definition, read_definition, substituted
from twin.corrections.catalogue import corrected
from twin.corrections.patching import Patches
from twin.corrections.stepfunctions.status import subscribe

ROLE = f"arn:aws:iam::{server.ACCOUNT}:role/states"
_PATIENCE_SECONDS = 30.0
Handler = Callable[[Any], Any]


@dataclass(frozen=True)
class Ended:
    """How an execution ended, as DescribeExecution tells it. `output` is parsed; `error` and `cause` are empty when there is none."""

    arn: str
    status: str
    output: Any
    error: str
    cause: str
    states: tuple[str, ...]


class _Changes:
    """Wakes waiting tests whenever a history grows, an execution changes its status or a function returns."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def notify(self, *_: object) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def until(self, predicate: Callable[[], Any], seconds: float) -> Any:
        """The first true value of `predicate`. TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self._count
            found = predicate()
            if found:
                return found
            with self._condition:
                if not self._condition.wait_for(lambda seen=seen: self._count != seen, timeout=deadline - time.monotonic()):  # type: ignore[misc]
                    raise TimeoutError(f"not within {seconds} s")


class _Callables:
    """Runs an invocation in the server's own thread."""

    def __init__(self, functions: Mapping[str, Handler], changes: _Changes) -> None:
        self._functions = functions
        self._changes = changes

    def invoke(self, function: Function, event: bytes) -> Outcome:
        try:
            result = json.dumps(self._functions[function.name](json.loads(event))).encode()
            return Outcome(payload=result, failed=False)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a function error
            payload = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
            return Outcome(payload=json.dumps(payload).encode(), failed=True)
        finally:
            self._changes.notify()


class Interpreter:
    """State machines by name. `client("dynamodb")` and so on reach the same account."""

    def __init__(self, endpoint: str, changes: _Changes, patience_seconds: float) -> None:
        self.endpoint = endpoint
        self._changes = changes
        self._patience_seconds = patience_seconds
        self.states = server.client("stepfunctions", endpoint)

    def client(self, service: str) -> Any:
        """A boto3 client of the interpreter's account."""
        return server.client(service, self.endpoint)

    @staticmethod
    def function_arn(name: str) -> str:
        """The ARN under which a state machine reaches function `name`."""
        return f"arn:aws:lambda:{server.REGION}:{server.ACCOUNT}:function:{name}"

    @staticmethod
    def state_machine_arn(name: str) -> str:
        """The ARN that state machine `name` has or will have."""
        return f"arn:aws:states:{server.REGION}:{server.ACCOUNT}:stateMachine:{name}"

    def create(self, name: str, definition: Path | Definition, substitutions: Mapping[str, str] | None = None) -> str:
        """Create state machine `name` from an ASL file (YAML or JSON) or a parsed definition, `${NAME}` replaced. Returns its ARN."""
        parsed = read_definition(definition) if isinstance(definition, Path) else definition
        text = json.dumps(substituted(parsed, substitutions or {}))
        created: str = self.states.create_state_machine(name=name, definition=text, roleArn=ROLE)["stateMachineArn"]
        return created

    def start(self, name: str, event: Any = None, *, execution: str | None = None) -> str:
        """Start an execution of state machine `name`; returns its ARN."""
        named = {} if execution is None else {"name": execution}
        started: str = self.states.start_execution(stateMachineArn=self.state_machine_arn(name), input=json.dumps(event or {}), **named)["executionArn"]
        return started

    def run(self, name: str, event: Any = None, *, execution: str | None = None, seconds: float | None = None) -> Ended:
        """Start an execution and wait for its end."""
        return self.ended(self.start(name, event, execution=execution), seconds=seconds)

    def ended(self, arn: str, *, seconds: float | None = None) -> Ended:
        """Wait for the end of an execution. TimeoutError, naming the states it went through, if it takes longer."""
        try:
            found = self.until(lambda: self._finished(arn), seconds=seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{arn} still runs, in {self.states_entered(arn)}: {error}") from error
        return Ended(
            arn=arn,
            status=found["status"],
            output=json.loads(found["output"]) if found.get("output") else None,
            error=found.get("error", ""),
            cause=found.get("cause", ""),
            states=self.states_entered(arn),
        )

    def until(self, predicate: Callable[[], Any], *, seconds: float | None = None) -> Any:
        """Wait until `predicate` is true; asked again at every event in a history, status change and return of a function."""
        return self._changes.until(predicate, self._patience_seconds if seconds is None else seconds)

    def until_entered(self, arn: str, state: str, *, seconds: float | None = None) -> None:
        """Wait until an execution has entered `state`."""
        self.until(lambda: state in self.states_entered(arn), seconds=seconds)

    def history(self, arn: str) -> list[dict[str, Any]]:
        """All events of an execution, oldest first."""
        events: list[dict[str, Any]] = self.states.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return events

    def states_entered(self, arn: str) -> tuple[str, ...]:
        """Names of the states entered so far, in order."""
        return tuple(event["stateEnteredEventDetails"]["name"] for event in self.history(arn) if "stateEnteredEventDetails" in event)

    def _finished(self, arn: str) -> dict[str, Any] | None:
        """Asked at every event, so it looks into moto's memory before it makes a request."""
        backend = stepfunctions_parser_backends[server.ACCOUNT][server.REGION]
        if backend.describe_execution(arn).status == "RUNNING":
            return None
        found: dict[str, Any] = self.states.describe_execution(executionArn=arn)
        return None if found["status"] == "RUNNING" else found


def _announce_events(changes: _Changes, patches: Patches) -> None:
    add = EventManager.add_event

    def add_event(events: Any, *arguments: Any, **named: Any) -> int:
        number: int = add(events, *arguments, **named)
        changes.notify()
        return number

    patches.replace(EventManager, "add_event", add_event)


def _hurry(pace: float, patches: Patches) -> None:
    """Wait states and retry intervals last `pace` times as long as written."""

    def wait(_: Any, env: Any, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds * pace
        while env.is_running() and (left := deadline - time.monotonic()) > 0:
            env.program_state_event.wait(left)

    patches.replace(WaitFunction, "_wait_interval", wait)
    patches.replace(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: threading.Event().wait(seconds * pace)))


@contextmanager
def interpreter(
    functions: Mapping[str, Handler], *, pace: float = 1.0, without: Collection[str] = (), patience_seconds: float = _PATIENCE_SECONDS
) -> Iterator[Interpreter]:
    """Serve `functions` by name and give an `Interpreter`.

    `pace` shortens Wait states and retry intervals (0.01: a hundredth), never timeouts. `without` switches corrections off by name.
    `patience_seconds` is how long waits last unless they say otherwise.
    `functions` may be changed while it runs, but a name has to be there from the start.
    """
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    changes = _Changes()
    with corrected(without=without) as patches:
        attach(_Callables(functions, changes), patches)
        _announce_events(changes, patches)
        if pace != 1.0:
            _hurry(pace, patches)
        patches.on_undo(subscribe(changes.notify))
        with server.serving() as endpoint:
            server.client("iam", endpoint).create_role(RoleName="states", AssumeRolePolicyDocument="{}")
            for name in functions:
                # moto's backend itself: the API would want a zip file.
                lambda_backends[server.ACCOUNT][server.REGION].create_function({"FunctionName": name, "Role": ROLE, "Timeout": 900, "Code": {}})
            yield Interpreter(endpoint, changes, patience_seconds)
