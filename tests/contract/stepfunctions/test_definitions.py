"""Definitions that Step Functions refuses: nothing is created or changed."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.needs import Sandbox, needs
from twin.aws.interpreter import ROLE

API = "https://docs.aws.amazon.com/step-functions/latest/apireference"
DIAGNOSTICS = pytest.mark.behaviour(f"{API}/API_ValidateStateMachineDefinitionDiagnostic.html")
DONE = {"Type": "Pass", "End": True}
RULE = {"Variable": "$.kind", "IsPresent": True, "Next": "B"}
SCHEMA, TARGET = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
State = dict[str, Any]


def _choice(rule: State, default: str = "B") -> State:
    return {"A": {"Type": "Choice", "Choices": [rule], "Default": default}, "B": DONE}


def _map(start: str, **states: State) -> State:
    return {"A": {"Type": "Map", "ItemProcessor": {"StartAt": start, "States": states}, "End": True}}


def _parallel(**states: State) -> State:
    return {"A": {"Type": "Parallel", "Branches": [{"StartAt": "I", "States": states}], "End": True}}


def _refusal(sandbox: Sandbox, definition: str) -> str:
    """The message with which creating the machine is refused."""
    with pytest.raises(ClientError) as refused:
        sandbox.machines.states.create_state_machine(name="bad", definition=definition, roleArn=ROLE)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidDefinition", definition
    return str(error["Message"])


@DIAGNOSTICS
@needs("a_bad_definition_is_refused")
def test_a_transition_leads_to_a_state_of_the_same_machine(sandbox: Sandbox) -> None:
    task = sandbox.task("echo", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "X"}])
    bad: dict[str, State] = {
        "/States/A/Next": {"A": {"Type": "Pass", "Next": "X"}},
        "/States/A/Choices[0]/Next": _choice({**RULE, "Next": "X"}),
        "/States/A/Default": _choice(RULE, default="X"),
        "/States/A/Catch[0]/Next": {"A": task},
        "/States/A/ItemProcessor/StartAt": _map("X", I=DONE),
        "/States/A/ItemProcessor/States/I/Next": _map("I", I={"Type": "Pass", "Next": "X"}, J=DONE),
        "/States/A/Branches[0]/States/I/Next": _parallel(I={"Type": "Pass", "Next": "X"}),
    }
    for place, states in bad.items():
        message = _refusal(sandbox, json.dumps({"StartAt": "A", "States": states}))
        assert message.startswith("Invalid State Machine Definition: '")
        assert f"{TARGET}: Missing 'Next' target: X at {place}" in message
    assert f"{TARGET}: Missing 'Next' target: X at /StartAt" in _refusal(sandbox, json.dumps({"StartAt": "X", "States": {"A": DONE}}))


@DIAGNOSTICS
@needs("a_bad_definition_is_refused")
def test_a_transition_leads_to_each_state(sandbox: Sandbox) -> None:
    message = _refusal(sandbox, json.dumps({"StartAt": "A", "States": {"A": DONE, "B": DONE}}))
    assert f'{TARGET}: State "B" is not reachable. at /States/B' in message


@DIAGNOSTICS
@needs("a_bad_definition_is_refused")
def test_a_machine_has_what_its_states_need(sandbox: Sandbox) -> None:
    bad: list[tuple[str, State]] = [
        (SCHEMA, {"States": {"A": DONE}}),
        (SCHEMA, {"StartAt": "A"}),
        (SCHEMA, {"StartAt": "A", "States": {}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Pass"}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": False}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B", "End": True}, "B": DONE}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Succeed", "Next": "B"}, "B": DONE}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Nap", "End": True}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"End": True}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "B"}, "B": DONE}}),
        (SCHEMA, {"StartAt": "A", "States": _choice({"Variable": "$.kind", "IsPresent": True})}),
        (SCHEMA, {"StartAt": "A", "States": {"A": sandbox.task("echo", Catch=[{"ErrorEquals": ["States.ALL"]}])}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": {"States": {"I": DONE}}, "End": True}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": {"StartAt": "I"}, "End": True}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [{"StartAt": "I"}], "End": True}}}),
        (SCHEMA, {"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [{"States": {"I": DONE}}], "End": True}}}),
        ("DUPLICATE_STATE_NAME", {"StartAt": "A", "States": _map("A", A=DONE)}),
        ("MISSING_END_STATE", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}),
    ]
    for code, definition in bad:
        assert f"'{code}: " in _refusal(sandbox, json.dumps(definition)), definition
    for text in ("{no", "nothing"):
        assert "'INVALID_JSON_DESCRIPTION: " in _refusal(sandbox, text)
    assert f"'{SCHEMA}: " in _refusal(sandbox, "[]")
    assert sandbox.machines.states.list_state_machines()["stateMachines"] == []


@pytest.mark.behaviour(f"{API}/API_UpdateStateMachine.html")
@needs("a_bad_definition_is_refused")
def test_a_bad_update_leaves_the_machine_as_it_was(sandbox: Sandbox) -> None:
    arn, states = sandbox.create(A=DONE), sandbox.machines.states
    before = states.describe_state_machine(stateMachineArn=arn)["definition"]
    with pytest.raises(states.exceptions.InvalidDefinition, match=TARGET):
        states.update_state_machine(stateMachineArn=arn, definition=json.dumps({"StartAt": "X", "States": {"A": DONE}}))
    assert states.describe_state_machine(stateMachineArn=arn)["definition"] == before
