"""Definitions that CreateStateMachine and UpdateStateMachine refuse.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

import json
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import AWSError
from moto.stepfunctions.parser import api
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
_Machine = dict[str, Any]


@correction(MOTO, seen="transitions to states that aren't there are accepted; what is refused is refused with an error that has no code")
def a_bad_definition_is_refused(patches: Patches) -> None:
    """InvalidDefinition, with the codes that Step Functions documents. It doesn't promise the wording, and only that about transitions is known to be theirs.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
    A state that no transition leads to is refused, too, which only its message tells: https://github.com/localstack/localstack/issues/11978
    """
    parse = StepFunctionsParserBackend._validate_definition

    def validate_definition(definition: str) -> None:
        faults = _faults(parse, definition)
        if faults:
            raise AWSError(f"Invalid State Machine Definition: '{', '.join(faults)}'", exception_type="InvalidDefinition")

    patches.replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(validate_definition))


def _faults(parse: Any, definition: str) -> list[str]:
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [f"INVALID_JSON_DESCRIPTION: {error}"]
    try:
        parse(definition)
    except api.InvalidDefinition as error:
        return [f"SCHEMA_VALIDATION_FAILED: {error.message}"]
    return list(_graph_faults(machine))


def _graph_faults(definition: _Machine) -> Iterator[str]:
    """What moto's parser, which knows the fields and their types, doesn't look at."""
    known = set[str]()
    for machine, place in _machines(definition, ""):
        states, wanted = machine["States"], {machine["StartAt"]: f"{place}/StartAt"}
        for name, state in states.items():
            here = f"{place}/States/{name}"
            if name in known:
                yield f"DUPLICATE_STATE_NAME: Duplicate State name: {name} at {here}"
            known.add(name)
            if state["Type"] == "Choice" and "Choices" not in state:
                yield f"SCHEMA_VALIDATION_FAILED: These fields are required: [Choices] at {here}"
            elif state["Type"] not in ("Choice", "Succeed", "Fail") and "Next" not in state and not state.get("End"):
                yield f"SCHEMA_VALIDATION_FAILED: Either Next or End is required at {here}"
            for rule, there in _rules(state, here):
                if "Next" not in rule:
                    yield f"SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at {there}"
            wanted |= dict(_transitions(state, here))
        yield from (f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {name} at {there}" for name, there in wanted.items() if name not in states)
        yield from (f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {place}/States/{name}' for name in states if name not in wanted)
    if not any(state.get("End") or state["Type"] in ("Succeed", "Fail") for state in definition["States"].values()):
        yield "MISSING_END_STATE: Workflow has no terminal state"


def _machines(machine: _Machine, place: str) -> Iterator[tuple[_Machine, str]]:
    """The machine and those in its Map and Parallel states, each with its place."""
    yield machine, place
    for name, state in machine["States"].items():
        inner = [(f"/{field}", state[field]) for field in ("ItemProcessor", "Iterator") if field in state]
        inner += [(f"/Branches[{number}]", branch) for number, branch in enumerate(state.get("Branches", []))]
        for field, one in inner:
            yield from _machines(one, f"{place}/States/{name}{field}")


def _rules(state: _Machine, place: str) -> Iterator[tuple[_Machine, str]]:
    for field in ("Choices", "Catch"):
        yield from ((rule, f"{place}/{field}[{number}]") for number, rule in enumerate(state.get(field, [])))


def _transitions(state: _Machine, place: str) -> Iterator[tuple[str, str]]:
    for rule, there in [(state, place), *_rules(state, place)]:
        yield from ((rule[field], f"{there}/{field}") for field in ("Next", "Default") if field in rule)
