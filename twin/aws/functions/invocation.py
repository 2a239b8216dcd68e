"""Where moto's Lambda API hands an invocation over to whoever runs functions.

`attach` is called by `twin.aws` with worker processes behind it, and by `twin.aws.interpreter` with Python callables.
Asynchronous invocations follow Lambda's rule: up to two more attempts, after one and two minutes
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html); what then becomes of the event is in `asynchronous`.
Left out: throttling; an event that would be too old for its next attempt is given up at once; each attempt has a request id of its own.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction

from twin.aws.functions.asynchronous import Ending, InvokeConfiguration, invoke_configuration, keep
from twin.corrections.patching import Patches

LOG = logging.getLogger(__name__)
RETRY_AFTER_SECONDS = (60.0, 120.0)
LARGEST_EVENT_BYTES = {"RequestResponse": 6_291_456, "Event": 262_144}
"""By invocation type. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; asynchronously 1 MB by now, in some regions."""


@dataclass(frozen=True)
class Function:
    """A function as its configuration describes it. `arn` names a version unless that is `$LATEST`."""

    name: str
    arn: str
    handler: str
    timeout_seconds: int
    memory_megabytes: int
    region: str
    role: str
    environment: Mapping[str, str]
    asynchronous: InvokeConfiguration = field(default_factory=InvokeConfiguration)
    version: str = "$LATEST"


@dataclass(frozen=True)
class Outcome:
    """What an invocation gave: the handler's JSON, or Lambda's error object when `failed`. `log` is the tail of the function's log."""

    payload: bytes
    failed: bool
    log: str = ""
    request_id: str = ""


class Runner(Protocol):
    """Runs one invocation and waits for its outcome. Never raises for what the function did."""

    def invoke(self, function: Function, event: bytes) -> Outcome: ...


def error_payload(error_type: str, message: str) -> bytes:
    """Lambda's error object."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


class AsynchronousInvocations:
    """Events accepted for later: each is tried as often as its function says, in a thread of its own. `retry_after_seconds`: the waits before the retries."""

    def __init__(self, runner: Runner, *, retry_after_seconds: tuple[float, ...] = RETRY_AFTER_SECONDS) -> None:
        self._runner = runner
        self._waits = retry_after_seconds
        self._closed = threading.Event()

    def accept(self, function: Function, event: bytes) -> None:
        """Return at once; failures are logged and retried, and the end is told to the function's queues."""
        threading.Thread(target=self._deliver, args=(function, event), name=f"event for {function.name}", daemon=True).start()

    def close(self) -> None:
        """Give up retries that are still waiting."""
        self._closed.set()

    def _deliver(self, function: Function, event: bytes) -> None:
        wanted = function.asynchronous
        too_late, waits = time.monotonic() + wanted.oldest_seconds, self._waits[: wanted.retries]
        for tries, wait in enumerate((*waits, None), start=1):
            outcome = self._runner.invoke(function, event)
            if outcome.failed:
                LOG.warning("asynchronous invocation of %s failed: %s", function.name, outcome.payload.decode(errors="replace")[:500])
            if condition := _end(outcome, wait, too_late):
                _keep(Ending(condition, outcome.request_id, function.arn, function.version, tries, event, outcome.payload), wanted)
                return
            if self._closed.wait(wait):
                return


def _end(outcome: Outcome, wait: float | None, too_late: float) -> str:
    """The condition under which this try was the last one; empty when there is another after `wait` seconds."""
    if not outcome.failed:
        return "Success"
    if wait is None:
        return "RetriesExhausted"
    return "EventAgeExceeded" if time.monotonic() + wait > too_late else ""


def _keep(ending: Ending, wanted: InvokeConfiguration) -> None:
    try:
        keep(ending, wanted)
    except Exception:  # Lambda, too, deletes an event that it can't send
        LOG.exception("the end of an event for %s can't be sent", ending.function_arn)


def _too_large(largest: int) -> Exception:
    error: Exception = LambdaClientError("RequestTooLargeException", f"Request must be smaller than {largest} bytes for the InvokeFunction operation")
    error.code = 413  # type: ignore[attr-defined]
    return error


def described(function: Any) -> Function:
    """moto's function object as ours."""
    return Function(
        name=function.function_name,
        arn=function.function_arn,
        handler=function.handler or "",
        timeout_seconds=int(function.timeout),
        memory_megabytes=int(function.memory_size),
        region=function.region,
        role=function.role,
        environment={key: str(value) for key, value in (function.environment_vars or {}).items()},
        asynchronous=invoke_configuration(
            function.event_invoke_config[-1].config if function.event_invoke_config else {},
            function.dead_letter_config,
        ),
        version=str(function.version),
    )


def attach(runner: Runner, patches: Patches) -> AsynchronousInvocations:
    """Let `runner` run every invocation of moto's Lambda API, also those made by its stream mappings."""
    later, make = AsynchronousInvocations(runner), LambdaFunction.__init__

    def make_with_dead_letters(function: Any, **given: Any) -> None:
        """moto forgets this part of the configuration."""
        make(function, **given)
        function.dead_letter_config = given["spec"].get("DeadLetterConfig", {})

    def invoke(function: Any, body: bytes | str, request_headers: Any, response_headers: Any) -> bytes:
        event = (body.encode() if isinstance(body, str) else body) or b"{}"
        kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return b""
        if len(event) > LARGEST_EVENT_BYTES[kind]:
            raise _too_large(LARGEST_EVENT_BYTES[kind])
        if kind == "Event":
            later.accept(described(function), event)
            return b""
        outcome = runner.invoke(described(function), event)
        response_headers["x-amz-executed-version"] = str(function.version)
        if outcome.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return outcome.payload

    def invoke_from_mapping(function: Any, event: Any = None) -> tuple[str, bool, str]:
        outcome = runner.invoke(described(function), (event if isinstance(event, str) else json.dumps(event or {})).encode())
        return outcome.payload.decode(), outcome.failed, outcome.log

    patches.replace(LambdaFunction, "__init__", make_with_dead_letters)
    patches.replace(LambdaFunction, "invoke", invoke)
    patches.replace(LambdaFunction, "_invoke_lambda", invoke_from_mapping)
    patches.on_undo(later.close)
    return later
