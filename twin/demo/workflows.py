"""Step Functions as an operator sees it: which executions there are, how they stand, and starting a rollback."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from twin.stack.description import Description

RELEASE, DEPLOY, ROLLBACK = "slipway-release", "slipway-deploy", "slipway-rollback"
RUNNING = "RUNNING"


@dataclass(frozen=True)
class Execution:
    """`output` is empty until it has succeeded, `error` and `cause` until it has failed."""

    status: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    error: str
    cause: str


class Workflows:
    """The state machines of one stack."""

    def __init__(self, stack: Description, session: boto3.Session) -> None:
        self._stack = stack
        self._client = session.client("stepfunctions", endpoint_url=stack.aws_endpoint)

    def names(self, machine: str, *, running: bool = False) -> list[str]:
        """Of a machine's executions, or of those that are running."""
        arn = self._stack.state_machine(machine)
        answer = self._client.list_executions(stateMachineArn=arn, statusFilter="RUNNING") if running else self._client.list_executions(stateMachineArn=arn)
        return [execution["name"] for execution in answer["executions"]]

    def running(self) -> tuple[str, ...]:
        """Machine and name of every execution that is running."""
        machines = sorted(machine["name"] for machine in self._client.list_state_machines()["stateMachines"])
        return tuple(f"{machine} {name}" for machine in machines for name in self.names(machine, running=True))

    def execution(self, machine: str, name: str) -> Execution:
        found = self._client.describe_execution(executionArn=self._arn(machine, name))
        output = json.loads(found.get("output") or "{}")
        return Execution(found["status"], json.loads(found["input"]), output, found.get("error", ""), found.get("cause", ""))

    def state(self, machine: str, name: str) -> str:
        """The state that the execution entered last; empty before the first."""
        events = self._client.get_execution_history(executionArn=self._arn(machine, name), maxResults=1000)["events"]
        entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
        return entered[-1] if entered else ""

    def start(self, machine: str, given: Mapping[str, str], name: str = "") -> str:
        """Start an execution as the AWS console does, under a name that AWS makes unless it is given; the name."""
        named = {"name": name} if name else {}
        started = self._client.start_execution(stateMachineArn=self._stack.state_machine(machine), input=json.dumps(given), **named)
        return str(started["executionArn"].rpartition(":")[2])

    def _arn(self, machine: str, name: str) -> str:
        return f"{self._stack.state_machine(machine).replace(':stateMachine:', ':execution:')}:{name}"
