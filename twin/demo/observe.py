"""Reads what Slipway did from its table and from Step Functions, as its console would; nothing of Slipway's code is used.

Keys and attributes are those of the design's table: RUN#id, RELEASE#service#commit, DEPLOYMENT#id with their EVENT#n, ENV#service#environment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from boto3.dynamodb.conditions import Attr, Key
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from twin.demo.facts import DeploymentSeen, Durations
from twin.stack.description import Description

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

RELEASE = "slipway-release"
_POLL_SECONDS = 0.15

T = TypeVar("T")


class NotInTime(Exception):
    """What was waited for didn't happen; the message says what it was."""


@dataclass(frozen=True)
class Event:
    """One event of a timeline."""

    at: datetime
    subject: str
    number: str
    kind: str
    message: str
    evidence: Mapping[str, Any]


class Observer:
    """Of one running stack and one service."""

    def __init__(self, stack: Description, service: str) -> None:
        session = boto3.Session(region_name="us-east-1", aws_access_key_id="twin", aws_secret_access_key="twin")
        self._stack = stack
        self._service = service
        self._table: Table = session.resource("dynamodb", endpoint_url=stack.aws_endpoint).Table(stack.outputs["TableName"])
        self._workflows = session.client("stepfunctions", endpoint_url=stack.aws_endpoint)

    def run_of(self, commit: str, timeout_seconds: float) -> str:
        """The run that the push of `commit` started. Its name carries the commit's first twelve digits. NotInTime when there is none."""
        return _until(lambda: self._find_run(commit), timeout_seconds, f"no run was started for commit {commit[:12]}")

    def follow(self, run: str, commit: str, timeout_seconds: float, on_event: Callable[[Event], None]) -> Mapping[str, Any]:
        """The run's record once it is closed and nothing of it is running; `on_event` gets each event once. NotInTime when it goes on longer."""
        shown: set[tuple[str, str]] = set()

        def closed() -> Mapping[str, Any] | None:
            record = self._item(f"RUN#{run}", "META")
            ended = record.get("state", "running") != "running" and run not in self._running(RELEASE)
            for event in self.events(run, commit):
                if (event.subject, event.number) not in shown:
                    shown.add((event.subject, event.number))
                    on_event(event)
            return record if ended else None

        return _until(closed, timeout_seconds, f"the run {run} is still not closed")

    def record(self, run: str) -> Mapping[str, Any]:
        """The run as it is recorded now."""
        return self._item(f"RUN#{run}", "META")

    def events(self, run: str, commit: str) -> list[Event]:
        """The timelines of the run, its release and its deployments, by time."""
        subjects = [f"RUN#{run}", f"RELEASE#{self._service}#{commit}", *(f"DEPLOYMENT#{identity}" for identity in self._deployments_of(run))]
        events = [_event(subject, item) for subject in subjects for item in self._query(subject, "EVENT#")]
        return sorted(events, key=lambda event: event.at)

    def deployments(self, run: str) -> tuple[DeploymentSeen, ...]:
        return tuple(self._deployment(identity) for identity in self._deployments_of(run))

    def durations(self, run: str, commit: str) -> Durations:
        """What the timeline says about the work of others: the build with its gate, Helm, and the time in which pods started."""
        seconds = {"gate": 0.0, "build": 0.0, "helm": 0.0, "pods": 0.0}
        for event in self.events(run, commit):
            for kind, name, part in _TIMED:
                if event.kind == kind:
                    seconds[part] += float(event.evidence.get(name, 0))
        return Durations(**seconds)

    def live(self, environment: str) -> str:
        """The commit that is recorded as live; empty when there is none."""
        return str(self._item(f"ENV#{self._service}#{environment}", "STATE").get("live", ""))

    def held_leases(self) -> tuple[str, ...]:
        """Who holds which lease, and who still waits for one."""
        leases = self._scan(Attr("sk").eq("LEASE") & Attr("owner").exists())
        waiting = self._scan(Attr("sk").begins_with("QUEUE#"))
        held = [f"{item['pk']} by {item['owner']}" for item in leases if item["owner"]]
        return tuple(held + [f"{item['pk']} is waited for ({item['sk']})" for item in waiting])

    def running_executions(self) -> tuple[str, ...]:
        machines = [machine["name"] for machine in self._workflows.list_state_machines()["stateMachines"]]
        return tuple(f"{machine} {name}" for machine in sorted(machines) for name in self._running(machine))

    def _find_run(self, commit: str) -> str | None:
        executions = self._workflows.list_executions(stateMachineArn=self._stack.state_machine(RELEASE))["executions"]
        return next((execution["name"] for execution in executions if commit[:12] in execution["name"]), None)

    def _running(self, machine: str) -> list[str]:
        answer = self._workflows.list_executions(stateMachineArn=self._stack.state_machine(machine), statusFilter="RUNNING")
        return [execution["name"] for execution in answer["executions"]]

    def _deployments_of(self, run: str) -> list[str]:
        return [str(item["deployment"]) for item in self._query(f"RUN#{run}", "DEPLOYMENT#")]

    def _deployment(self, identity: str) -> DeploymentSeen:
        record = self._item(f"DEPLOYMENT#{identity}", "META")
        evidence: dict[str, str] = {}
        for event in (_event("", item) for item in self._query(f"DEPLOYMENT#{identity}", "EVENT#")):
            if event.kind in ("rollout-failed", "smoke-failed"):
                evidence = {"fault": event.message, **{name: str(value) for name, value in event.evidence.items()}}
                break
        return DeploymentSeen(
            identity,
            str(record["environment"]),
            str(record.get("outcome", "")),
            str(record.get("reason", "")),
            moment(record["opened_at"]),
            moment(record["closed_at"]) if "closed_at" in record else 0.0,
            evidence,
        )

    def _item(self, pk: str, sk: str) -> Mapping[str, Any]:
        return self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item", {})

    def _query(self, pk: str, prefix: str) -> Sequence[Mapping[str, Any]]:
        return self._table.query(KeyConditionExpression=Key("pk").eq(pk) & Key("sk").begins_with(prefix), ConsistentRead=True)["Items"]

    def _scan(self, condition: Any) -> Iterator[Mapping[str, Any]]:
        pages = self._table.meta.client.get_paginator("scan").paginate(TableName=self._table.name, FilterExpression=condition, ConsistentRead=True)
        return (item for page in pages for item in page["Items"])


_TIMED = (
    # kind of event, name of the evidence, part
    ("built", "gate_seconds", "gate"),
    ("built", "build_seconds", "build"),
    ("applied", "seconds", "helm"),
    ("apply-failed", "seconds", "helm"),
    ("restored", "seconds", "helm"),
    ("rollout-complete", "seconds", "pods"),
    ("rollout-failed", "seconds", "pods"),
)


def _event(subject: str, item: Mapping[str, Any]) -> Event:
    return Event(datetime.fromisoformat(item["at"]), subject, item["sk"], item["kind"], item["message"], item.get("evidence", {}))


def moment(text: Any) -> float:
    """An ISO 8601 time of the table in seconds since the epoch."""
    return datetime.fromisoformat(str(text)).timestamp()


def _until(look: Callable[[], T | None], timeout_seconds: float, otherwise: str) -> T:
    """What `look` sees as soon as it sees something; NotInTime when that takes longer."""
    try:
        found = Retrying(wait=wait_fixed(_POLL_SECONDS), stop=stop_after_delay(timeout_seconds), retry=retry_if_result(lambda seen: seen is None))(look)
    except RetryError as error:
        raise NotInTime(f"{otherwise} after {timeout_seconds:.0f} s") from error
    assert found is not None
    return found
