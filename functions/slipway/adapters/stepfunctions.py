"""Step Functions: starting runs and answering task tokens."""

import json
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError
from pydantic_core import to_jsonable_python

from slipway.adapters.aws import client, error_code, translated
from slipway.domain.deployment import DeployRequest

_NOBODY_WAITS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsWorkflows:
    """Arns may be empty for a function that starts nothing of that kind."""

    def __init__(self, release_state_machine_arn: str, deploy_state_machine_arn: str) -> None:
        self._release_state_machine_arn = release_state_machine_arn
        self._deploy_state_machine_arn = deploy_state_machine_arn
        self._client = client("stepfunctions")

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        return self._started(self._release_state_machine_arn, name, request)

    def start_deploy(self, request: DeployRequest) -> bool:
        return self._started(self._deploy_state_machine_arn, request.deployment, to_jsonable_python(request))

    def release_execution(self, run: str) -> str:
        """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html (the form of an execution's ARN)"""
        return f"{self._release_state_machine_arn.replace(':stateMachine:', ':execution:')}:{run}"

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        return self._answered(lambda: self._client.send_task_success(taskToken=token, output=json.dumps(output)))

    def is_running(self, execution: str) -> bool:
        try:
            with translated():
                return str(self._client.describe_execution(executionArn=execution)["status"]) in ("RUNNING", "PENDING_REDRIVE")
        except ClientError as error:
            if error_code(error) == "ExecutionDoesNotExist":
                return False  # Step Functions forgets an execution 90 days after its end
            raise

    def fail(self, token: str, error: str, cause: str) -> bool:
        return self._answered(lambda: self._client.send_task_failure(taskToken=token, error=error, cause=cause[:32768]))

    def _started(self, machine: str, name: str, request: Mapping[str, object]) -> bool:
        try:
            with translated():
                self._client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(request))
        except ClientError as error:
            if error_code(error) == "ExecutionAlreadyExists":
                return False
            raise
        return True

    def _answered(self, send: Callable[[], object]) -> bool:
        try:
            with translated():
                send()
        except ClientError as error:
            if error_code(error) in _NOBODY_WAITS:
                return False
            raise
        return True
