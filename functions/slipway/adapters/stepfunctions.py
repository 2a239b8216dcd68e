"""Step Functions: starting runs and answering task tokens."""

import json
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated

_NOBODY_WAITS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsWorkflows:
    def __init__(self, release_state_machine_arn: str) -> None:
        self._release_state_machine_arn = release_state_machine_arn
        self._client = client("stepfunctions")

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        try:
            with translated():
                self._client.start_execution(stateMachineArn=self._release_state_machine_arn, name=name, input=json.dumps(request))
        except ClientError as error:
            if error_code(error) == "ExecutionAlreadyExists":
                return False
            raise
        return True

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        return self._answered(lambda: self._client.send_task_success(taskToken=token, output=json.dumps(output)))

    def is_running(self, execution: str) -> bool:
        with translated():
            return str(self._client.describe_execution(executionArn=execution)["status"]) in ("RUNNING", "PENDING_REDRIVE")

    def fail(self, token: str, error: str, cause: str) -> bool:
        return self._answered(lambda: self._client.send_task_failure(taskToken=token, error=error, cause=cause[:32768]))

    def _answered(self, send: Callable[[], object]) -> bool:
        try:
            with translated():
                send()
        except ClientError as error:
            if error_code(error) in _NOBODY_WAITS:
                return False
            raise
        return True
