"""The `slipway-rollback` state machine, started and asked with the operator's own AWS credentials: it works when the console doesn't."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cli.aws import translated
from cli.failures import WrongUsage

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

STATE_MACHINE = "slipway-rollback"
_LONGEST_NAME = 60
"""Characters; the names of its deployments append to it, and Step Functions allows 80."""
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})
_RUNNING = frozenset({"RUNNING", "PENDING_REDRIVE"})


@dataclass(frozen=True)
class Execution:
    """`name` is also the name of its timeline."""

    name: str
    arn: str


@dataclass(frozen=True)
class State:
    """`output` is parsed JSON, None unless it succeeded; `error` and `cause` are the workflow's own words, empty unless it failed."""

    status: str
    output: Any = None
    error: str = ""
    cause: str = ""

    @property
    def is_running(self) -> bool:
        return self.status in _RUNNING


class Workflows:
    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    def start_rollback(self, request: Mapping[str, str | int], now: datetime) -> Execution:
        """Once, also when the answer is lost and the request repeated: the name is chosen here."""
        name = _name(f"rollback-{request['service']}-{request['environment']}", now)
        with translated():
            try:
                started = self._client.start_execution(stateMachineArn=self._machine, name=name, input=json.dumps(request))
            except self._client.exceptions.StateMachineDoesNotExist as error:
                raise WrongUsage(f"There is no {self._machine}. Are AWS_PROFILE and the region those of Slipway's account?") from error
        return Execution(name, started["executionArn"])

    def state(self, execution: Execution) -> State:
        with translated():
            seen = self._client.describe_execution(executionArn=execution.arn)
        output = seen.get("output")
        return State(str(seen["status"]), json.loads(output) if output else None, seen.get("error", ""), seen.get("cause", ""))

    @cached_property
    def _client(self) -> "SFNClient":
        return self._session.client("stepfunctions", region_name=self._region, config=_CONFIG)

    @cached_property
    def _machine(self) -> str:
        account = self._session.client("sts", region_name=self._region, config=_CONFIG).get_caller_identity()["Account"]
        return f"arn:{self._session.get_partition_for_region(self._region)}:states:{self._region}:{account}:stateMachine:{STATE_MACHINE}"


def _name(what: str, now: datetime) -> str:
    """Unique and readable. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    tail = f"-{now.astimezone(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return re.sub(r"[^A-Za-z0-9]+", "-", what)[: _LONGEST_NAME - len(tail)].strip("-") + tail
