"""The state machine definitions: every task can be retried, caught and timed out, and names only errors that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway import errors
from slipway.adapters.configuration import SHORTEST_APPROVAL

DEFINITIONS = sorted(Path("statemachines").glob("*.asl.yaml"))
TEMPLATE = Path("template.yaml").read_text()
RAISED_BY_AWS = re.compile(r"^(States|Lambda|Runtime|Sandbox|StepFunctions)\.")
MADE_BY_A_FAIL_STATE = {"NotLive"}


def tasks(states: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of a definition, those inside of Maps too."""
    for name, state in states.items():
        yield name, state
        if "ItemProcessor" in state:
            yield from tasks(state["ItemProcessor"]["States"])


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda path: path.name)
def test_every_task_is_retried_caught_and_bounded_in_time(definition: Path) -> None:
    for name, state in tasks(yaml.safe_load(definition.read_text())["States"]):
        if state["Type"] == "Task":
            assert {"Retry", "Catch"} <= state.keys() and state.keys() & {"TimeoutSeconds", "TimeoutSecondsPath"}, name


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda path: path.name)
def test_errors_that_are_matched_can_be_raised(definition: Path) -> None:
    ours = {cls.__name__ for cls in errors.SlipwayError.__subclasses__()}
    for name, state in tasks(yaml.safe_load(definition.read_text())["States"]):
        for rule in [*state.get("Retry", []), *state.get("Catch", [])]:
            unknown = {error for error in rule["ErrorEquals"] if not RAISED_BY_AWS.match(error)} - ours - MADE_BY_A_FAIL_STATE
            assert not unknown, f"{name} matches {unknown}"


def test_what_may_be_retried_is_retried_by_every_function_task() -> None:
    for definition in DEFINITIONS:
        for name, state in tasks(yaml.safe_load(definition.read_text())["States"]):
            if state["Type"] == "Task" and "states:startExecution" not in state["Resource"]:
                retried = {error for rule in state["Retry"] for error in rule["ErrorEquals"]}
                assert {"TemporarilyUnavailable", "Unexpected"} <= retried, name
                assert not {"LeaseLost", "InvalidInput", "States.ALL", "States.TaskFailed"} & retried, name


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))
    assert drawn == {cls.__name__ for cls in errors.SlipwayError.__subclasses__()}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda path: path.name)
def test_a_tasks_timeout_is_above_its_functions_timeout(definition: Path) -> None:
    for name, state in tasks(yaml.safe_load(definition.read_text())["States"]):
        if state["Type"] == "Task" and (function := re.search(r"\$\{(\w+Function)Arn\}", str(state["Resource"]) + str(state.get("Parameters")))):
            properties = re.search(rf"^  {function[1]}:.*?Timeout: (\d+)", TEMPLATE, re.MULTILINE | re.DOTALL)
            assert properties is not None
            shortest = SHORTEST_APPROVAL if "TimeoutSecondsPath" in state else state["TimeoutSeconds"]
            assert shortest > int(properties[1]), name
