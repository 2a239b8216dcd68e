"""Errors that end an execution whatever it catches, and what is one. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

from typing import Any

from moto.stepfunctions.exceptions import ValidationException
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.path.items_path import ItemsPath
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import ComparisonOperatorType
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import ComparisonVariable
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
LONGEST_PAYLOAD_BYTES = 262_144
_RUNTIME = StatesErrorName(typ=StatesErrorNameType.StatesRuntime)
_TOO_MUCH = StatesErrorName(typ=StatesErrorNameType.StatesStatesDataLimitExceeded)


@correction(MOTO, seen="States.ALL catches and retries States.Runtime and States.DataLimitExceeded")
def some_errors_are_never_caught(patches: Patches) -> None:
    """States.Runtime always fails the execution; States.ALL doesn't match States.DataLimitExceeded."""
    evaluate = ErrorEqualsDecl._eval_body

    def evaluate_unless_terminal(declared: Any, env: Any) -> None:
        error = env.stack[-1]
        if error == _RUNTIME or (error == _TOO_MUCH and error not in declared.error_names):
            env.stack[-1] = False
        else:
            evaluate(declared, env)

    patches.replace(ErrorEqualsDecl, "_eval_body", evaluate_unless_terminal)


@correction(MOTO, seen="a Choice whose variable isn't there goes to its Default")
def a_choice_needs_its_variable(patches: Patches) -> None:
    """Comparing a path that isn't in the input is States.Runtime; only IsPresent may ask for one."""

    def evaluate(comparison: Any, env: Any) -> None:
        comparison.variable.eval(env)
        if isinstance(env.stack[-1], NoSuchVariable) and comparison.comparison_function.operator_type is not ComparisonOperatorType.IsPresent:
            path = comparison.variable.string_sampler.literal_value
            raise RuntimeError(f"Invalid path '{path}': The choice state's condition path references an invalid value.")
        comparison.comparison_function.eval(env)

    patches.replace(ComparisonVariable, "_eval_body", evaluate)


@correction(MOTO, seen="a Map whose ItemsPath leads to anything but an array fails with States.QueryEvaluationError, which States.ALL catches")
def a_map_needs_an_array(patches: Patches) -> None:
    """What isn't an array is States.Runtime, as every path that doesn't fit its input; States.QueryEvaluationError is JSONata's.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemspath.html
    """
    evaluate = ItemsPath._eval_body

    def evaluate_to_array(items_path: Any, env: Any) -> None:
        evaluate(items_path, env)
        if not isinstance(env.stack[-1], list):
            raise TypeError(f"Reference path '{items_path.string_sampler.literal_value}' must point to an array.")

    patches.replace(ItemsPath, "_eval_body", evaluate_to_array)


def refuse_longer(member: str, length: int, longest: int) -> None:
    """ValidationException for a member of a request that is longer than allowed."""
    if length > longest:
        detail = f"Member must have length less than or equal to {longest}"
        raise ValidationException(f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {detail}")


@correction(MOTO, seen="an input of more than 256 KiB starts an execution, which then fails")
def an_input_has_a_limit(patches: Patches) -> None:
    """StartExecution refuses more than 262,144 bytes. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    start = StepFunctionsParserBackend.start_execution

    def start_execution(backend: Any, state_machine_arn: str, name: str | None = None, execution_input: str | None = None, *rest: Any) -> Any:
        refuse_longer("input", len((execution_input or "").encode()), LONGEST_PAYLOAD_BYTES)
        return start(backend, state_machine_arn, name, execution_input, *rest)

    patches.replace(StepFunctionsParserBackend, "start_execution", start_execution)
