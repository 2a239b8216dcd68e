"""When an execution of moto's interpreter starts and ends, and who hears of it.

`subscribe` is how the rest of the twin (EventBridge, waiting tests, nested executions) learns of a status change.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions import responses
from moto.stepfunctions.parser.api import ExecutionAbortedEventDetails, ExecutionStatus, ExecutionTimedOutEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning, ProgramStopped
from moto.stepfunctions.parser.backend import execution as executions
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"


@dataclass(frozen=True)
class StatusChange:
    """An execution that just became `status`; `execution` is moto's own object, for reading."""

    status: str
    execution: Any


type_of_subscriber = Callable[[StatusChange], None]
_subscribers: list[type_of_subscriber] = []
_ending = threading.Lock()


def subscribe(subscriber: type_of_subscriber) -> Callable[[], None]:
    """Call `subscriber` at every status change, in order for each execution, from the thread that made it. Returns the way to stop."""
    _subscribers.append(subscriber)
    return lambda: _subscribers.remove(subscriber)


def _announce(execution: Any, status: str) -> None:
    for subscriber in tuple(_subscribers):
        subscriber(StatusChange(status=status, execution=execution))


@correction(MOTO, seen="SendTask*, StopExecution or GetExecutionHistory right after StartExecution meet a worker without environment: HTTP 500")
def a_new_execution_can_be_asked_at_once(patches: Patches) -> None:
    """The environment exists, and counts as running, before the execution's thread starts."""
    build, start, evaluate = ExecutionWorker._get_evaluation_environment, ExecutionWorker.start, Program.eval

    def environment(worker: Any) -> Any:
        if worker.env is None:
            worker.env = build(worker)
            worker.env._program_state = ProgramRunning()
        return worker.env

    def start_with_environment(worker: Any) -> None:
        environment(worker)
        start(worker)

    def evaluate_unless_stopped(program: Any, env: Any) -> None:
        if not isinstance(env.program_state(), ProgramStopped):
            evaluate(program, env)

    patches.replace(ExecutionWorker, "_get_evaluation_environment", environment)
    patches.replace(ExecutionWorker, "start", start_with_environment)
    patches.replace(Program, "eval", evaluate_unless_stopped)


def _close_history(execution: Any, event_type: Any, details: Any) -> None:
    """Write the last event and refuse any that a task still in flight would add."""
    env = execution.exec_worker.env
    if env is None:
        return
    env.event_manager.add_event(context=EventHistoryContext.of_program_start(), event_type=event_type, event_details=details)
    env.event_manager.add_event = lambda *_, **__: 0


def _release_waiting_tasks(execution: Any) -> None:
    for endpoint in list(execution.exec_worker.env.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()


@correction(MOTO, seen="StopExecution during a token wait or a Lambda call leaves the execution RUNNING; error and cause are dropped; its history goes on")
def stopping_takes_effect_at_once(patches: Patches) -> None:
    """StopExecution ends the execution as ABORTED with error and cause, whatever state it is in; what is in flight changes nothing any more."""

    def stop(execution: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
        with _ending:
            if execution.exec_status != ExecutionStatus.RUNNING:
                return
            details = ExecutionAbortedEventDetails(error=error or None, cause=cause or None)
            _close_history(execution, HistoryEventType.ExecutionAborted, EventDetails(executionAbortedEventDetails=details))
            execution.stop_date, execution.error, execution.cause = stop_date, error or None, cause or None
            execution.exec_status = ExecutionStatus.ABORTED
        execution.exec_worker.env.set_stop(stop_date=stop_date, cause=cause, error=error)
        _release_waiting_tasks(execution)
        _announce(execution, "ABORTED")

    def stop_execution(request: Any) -> Any:
        execution = request.stepfunction_backend.describe_execution(request._get_param("executionArn"))
        execution.stop(stop_date=datetime.now(UTC), error=request._get_param("error"), cause=request._get_param("cause"))
        return responses.ActionResult({"stopDate": execution.stop_date})

    patches.replace(executions.Execution, "stop", stop)
    patches.replace(responses.StepFunctionResponse, "stop_execution", stop_execution)


@correction(MOTO, seen="nobody is told when an execution starts or ends, and one that was stopped or timed out is overwritten by its own thread's ending")
def executions_end_once_and_are_announced(patches: Patches) -> None:
    """Subscribers hear RUNNING before the first state, and exactly one ending. A timed-out execution's history says so."""
    begin, end = executions.Execution.start, executions.BaseExecutionWorkerCommunication.terminated

    def start(execution: Any) -> None:
        _announce(execution, "RUNNING")
        begin(execution)

    def terminated(communication: Any) -> None:
        execution = communication.execution
        with _ending:
            if execution.exec_status != ExecutionStatus.RUNNING:
                return
            end(communication)
            if execution.exec_status == ExecutionStatus.TIMED_OUT:
                details = EventDetails(executionTimedOutEventDetails=ExecutionTimedOutEventDetails())
                _close_history(execution, HistoryEventType.ExecutionTimedOut, details)
        if execution.exec_status == ExecutionStatus.TIMED_OUT:
            _release_waiting_tasks(execution)
        _announce(execution, str(execution.exec_status.value))

    patches.replace(executions.Execution, "start", start)
    patches.replace(executions.BaseExecutionWorkerCommunication, "terminated", terminated)
