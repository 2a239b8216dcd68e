"""StartExecution: names, input and the context object's start time."""

import json
import threading
import uuid
from datetime import UTC
from typing import Any

from moto.stepfunctions.exceptions import InvalidExecutionInput
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
_starting = threading.Lock()


@correction(MOTO, seen="StartExecution without a name makes an execution called None; a second one is refused as existing")
def a_missing_name_is_a_new_uuid(patches: Patches) -> None:
    """As on AWS, an execution without a name gets a random one."""
    start = StepFunctionsParserBackend.start_execution

    def start_execution(backend: Any, state_machine_arn: str, name: str | None = None, *arguments: Any, **named: Any) -> Any:
        return start(backend, state_machine_arn, name or str(uuid.uuid4()), *arguments, **named)

    patches.replace(StepFunctionsParserBackend, "start_execution", start_execution)


@correction(MOTO, seen="names of more than 80 characters or with forbidden characters are accepted; malformed input is answered with HTTP 500")
def a_bad_name_or_input_is_refused(patches: Patches) -> None:
    """Bad names and inputs get InvalidName, ValidationException or InvalidExecutionInput, and nothing starts."""
    start = StepFunctionsParserBackend.start_execution

    def start_execution(backend: Any, state_machine_arn: str, name: str | None = None, execution_input: str | None = None, *rest: Any) -> Any:
        if name is not None:
            backend._validate_name(name)
        try:
            json.loads(execution_input or "{}")
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
        return start(backend, state_machine_arn, name, execution_input, *rest)

    patches.replace(StepFunctionsParserBackend, "start_execution", start_execution)


@correction(MOTO, seen="two StartExecution of one name at the same moment can both find the name free")
def one_start_at_a_time(patches: Patches) -> None:
    """Looking a name up and taking it is one step."""
    start = StepFunctionsParserBackend.start_execution

    def start_execution(backend: Any, *arguments: Any, **named: Any) -> Any:
        with _starting:
            return start(backend, *arguments, **named)

    patches.replace(StepFunctionsParserBackend, "start_execution", start_execution)


@correction(MOTO, seen="a definition that reads $$.Execution.StartTime gets a datetime; DescribeExecution then fails with HTTP 500")
def the_start_time_is_a_string(patches: Patches) -> None:
    """$$.Execution.StartTime is ISO 8601 in UTC with milliseconds, as the context object's documentation says."""
    details = Execution.get_start_execution_details

    def get_start_execution_details(execution: Any) -> Any:
        found = details(execution)
        found.start_time = execution.start_date.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return found

    patches.replace(Execution, "get_start_execution_details", get_start_execution_details)
