"""Tasks that wait for a task token (`.waitForTaskToken`)."""

import json
import threading
from typing import Any

from moto.core.exceptions import AWSError
from moto.stepfunctions import responses
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailure, CallbackOutcomeSuccess, HeartbeatTimeoutError
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from twin.corrections.patching import Patches, correction
from twin.corrections.stepfunctions.errors import LONGEST_PAYLOAD_BYTES, refuse_longer

MOTO = "moto 5.2.5"
LONGEST_ERROR_CHARACTERS = 256
LONGEST_CAUSE_CHARACTERS = 32_768
_answering = threading.Lock()


@correction(MOTO, seen="a retried token task gets the token that was already answered, so it fails again at once")
def a_retry_gets_a_new_token(patches: Patches) -> None:
    """Each attempt of a token task has its own token; the previous one is closed."""
    evaluate = ExecutionState._evaluate_with_timeout

    def evaluate_with_timeout(state: Any, env: Any) -> None:
        context = env.states.context_object
        if "Task" in context.context_object_data and context.context_object_data["State"].get("RetryCount", 0) > 0:
            env.callback_pool_manager.add(context.update_task_token())
        evaluate(state, env)

    patches.replace(ExecutionState, "_evaluate_with_timeout", evaluate_with_timeout)


@correction(MOTO, seen="the cause given to SendTaskFailure is lost")
def a_task_failure_keeps_its_cause(patches: Patches) -> None:
    """The cause reaches Catch and the history."""

    def send_task_failure(request: Any) -> Any:
        cause = request._get_param("cause")
        request.stepfunction_backend.send_task_failure(request._get_param("taskToken"), error=request._get_param("error"), cause=cause)
        return responses.EmptyResult()

    patches.replace(responses.StepFunctionResponse, "send_task_failure", send_task_failure)


@correction(MOTO, seen="a missed heartbeat is reported as States.Timeout")
def a_missed_heartbeat_has_its_own_name(patches: Patches) -> None:
    """A missed heartbeat is States.HeartbeatTimeout to Retry, Catch and the history."""
    translate = StateTask._from_error

    def from_error(state: Any, env: Any, ex: Exception) -> Any:
        failure = translate(state, env=env, ex=ex)
        if isinstance(ex, HeartbeatTimeoutError):
            failure.error_name = StatesErrorName(typ=StatesErrorNameType.StatesHeartbeatTimeout)
            for details in failure.event_details.values():
                details["error"] = "States.HeartbeatTimeout"
        return failure

    patches.replace(StateTask, "_from_error", from_error)


class _TaskClosedError(AWSError):  # type: ignore[misc]
    """Step Functions' answer for a token whose task is closed."""

    TYPE = "TaskTimedOut"
    STATUS = 400


def execution_of(backend: Any, token: str) -> Any:
    """The execution, running or not, that gave a task token; None when none of the backend's did."""
    return next((execution for execution in backend._get_executions() if _task(execution, token) is not None), None)


def _task(execution: Any, token: str) -> Any:
    return execution.exec_worker.env.callback_pool_manager.get(token)


def _endpoint(backend: Any, token: str) -> Any:
    """The open task that `token` belongs to. Raises InvalidToken for an unknown one, TaskTimedOut for a closed one."""
    execution = execution_of(backend, token)
    if execution is None:
        raise InvalidToken
    endpoint = _task(execution, token)
    if endpoint._notify_event.is_set() or execution.exec_status != ExecutionStatus.RUNNING:
        raise _TaskClosedError("Task Timed Out: 'Provided task does not exist anymore'")
    return endpoint


@correction(MOTO, seen="answering a closed task is accepted in silence or called InvalidToken, and of two answers the later one can win")
def a_task_is_answered_once(patches: Patches) -> None:
    """The first answer to an open task counts. A closed task (answered, timed out, execution over) gives TaskTimedOut, an unknown token InvalidToken."""

    def send_task_success(backend: Any, task_token: str, outcome: str) -> None:
        with _answering:
            _endpoint(backend, task_token).notify(CallbackOutcomeSuccess(callback_id=task_token, output=outcome))

    def send_task_failure(backend: Any, task_token: str, error: str | None = None, cause: str | None = None) -> None:
        with _answering:
            _endpoint(backend, task_token).notify(CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause))

    def send_task_heartbeat(backend: Any, task_token: str) -> None:
        with _answering:
            _endpoint(backend, task_token).notify_heartbeat()

    patches.replace(StepFunctionsParserBackend, "send_task_success", send_task_success)
    patches.replace(StepFunctionsParserBackend, "send_task_failure", send_task_failure)
    patches.replace(StepFunctionsParserBackend, "send_task_heartbeat", send_task_heartbeat)


@correction(MOTO, seen="an output that isn't JSON is accepted and fails the execution as States.Runtime; an output, error or cause of any length is accepted")
def a_bad_answer_is_refused(patches: Patches) -> None:
    """InvalidOutput or ValidationException, and the task goes on waiting.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
    """
    succeed, fail = StepFunctionsParserBackend.send_task_success, StepFunctionsParserBackend.send_task_failure

    def send_task_success(backend: Any, task_token: str, outcome: str) -> None:
        refuse_longer("output", len(outcome.encode()), LONGEST_PAYLOAD_BYTES)
        try:
            json.loads(outcome)
        except ValueError as error:
            raise AWSError(f"Invalid Output: '{error}'", exception_type="InvalidOutput") from error
        succeed(backend, task_token, outcome)

    def send_task_failure(backend: Any, task_token: str, error: str | None = None, cause: str | None = None) -> None:
        refuse_longer("error", len(error or ""), LONGEST_ERROR_CHARACTERS)
        refuse_longer("cause", len(cause or ""), LONGEST_CAUSE_CHARACTERS)
        fail(backend, task_token, error, cause)

    patches.replace(StepFunctionsParserBackend, "send_task_success", send_task_success)
    patches.replace(StepFunctionsParserBackend, "send_task_failure", send_task_failure)
