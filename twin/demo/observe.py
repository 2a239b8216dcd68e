"""Watches what Slipway does with a push or a rollback, from where anybody could: its table, Step Functions, CodeBuild.

A run is an execution of `slipway-release` or `slipway-rollback`; its deployments and events are found under RUN#id in the table.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import boto3
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from twin.demo import timeline
from twin.demo.facts import DeploymentSeen, Durations
from twin.demo.records import Item, Records, moment
from twin.demo.timeline import Event
from twin.demo.workflows import RELEASE, ROLLBACK, RUNNING, Execution, Workflows
from twin.stack.description import Description

_BUILDS = "slipway-build"
_POLL_SECONDS = 0.25

T = TypeVar("T")


class NotInTime(Exception):
    """What was waited for didn't happen; the message says what it was."""


class Observer:
    """Of one running stack and one service."""

    def __init__(self, stack: Description, service: str) -> None:
        session = boto3.Session(region_name="us-east-1", aws_access_key_id="twin", aws_secret_access_key="twin")
        self._service = service
        self._builds = session.client("codebuild", endpoint_url=stack.aws_endpoint)
        self.records = Records(stack, session)
        self.workflows = Workflows(stack, session)

    def run_of(self, commit: str, timeout_seconds: float, ref: str = "") -> str:
        """The run that the push of `commit` started, of this ref when it is given. Its name carries the commit's first twelve digits.

        NotInTime when there is none.
        """
        return until(lambda: self._find_run(commit, ref), timeout_seconds, f"no run was started for {ref + ' at ' if ref else ''}commit {commit[:12]}")

    def follow(self, run: str, commit: str, timeout_seconds: float, on_event: Callable[[Event], None]) -> Item:
        """The run's record once it is closed and nothing of it is running; `on_event` gets each event once. NotInTime when it goes on longer."""
        show = self._shower(run, commit, on_event)

        def closed() -> Item | None:
            record = show()
            ended = record.get("state", "running") != "running" and run not in self.workflows.names(RELEASE, running=True)
            # The record is closed first and the event written then, perhaps since the look before.
            return show() if ended else None

        return until(closed, timeout_seconds, f"the run {run} is still not closed")

    def follow_rollback(self, run: str, timeout_seconds: float, on_event: Callable[[Event], None]) -> Execution:
        """The rollback's execution once it has ended, with `on_event` as in `follow`. NotInTime when it goes on longer."""
        show = self._shower(run, "", on_event)

        def ended() -> Execution | None:
            execution = self.workflows.execution(ROLLBACK, run)
            show()
            return execution if execution.status != RUNNING else None

        return until(ended, timeout_seconds, f"the rollback {run} still runs")

    def record(self, run: str) -> Item:
        """The run as it is recorded now."""
        return self.records.item(f"RUN#{run}", "META")

    def events(self, run: str, commit: str) -> list[Event]:
        """The timelines of the run and its deployments, and what happened to its release meanwhile, by time."""
        return self._look(run, commit)[1]

    def deployments(self, run: str) -> tuple[DeploymentSeen, ...]:
        return tuple(self._deployment(identity) for identity in _deployments(self.records.items(f"RUN#{run}", "DEPLOYMENT#")))

    def durations(self, run: str, commit: str) -> Durations:
        """What the timeline says about the work of others."""
        return timeline.durations(self.events(run, commit))

    def builds(self) -> int:
        """How many builds were ever started."""
        return len(self._builds.list_builds_for_project(projectName=_BUILDS)["ids"])

    def live(self, environment: str) -> str:
        """The commit that is recorded as live; empty when there is none."""
        return self.records.live(self._service, environment)

    def held_leases(self) -> tuple[str, ...]:
        """Who holds which lease, and who still waits for one."""
        return self.records.held_leases()

    def running_executions(self) -> tuple[str, ...]:
        return self.workflows.running()

    def _find_run(self, commit: str, ref: str) -> str | None:
        found = [name for name in self.workflows.names(RELEASE) if commit[:12] in name]
        return next((name for name in found if not ref or self.workflows.execution(RELEASE, name).input["ref"] == ref), None)

    def _look(self, run: str, commit: str) -> tuple[Item, list[Event]]:
        """The run's record and its events, in as few questions as can be: whoever looks often takes time from what is looked at."""
        items = self.records.items(f"RUN#{run}")
        events = _events(f"RUN#{run}", items)
        for identity in _deployments(items):
            events += _events(f"DEPLOYMENT#{identity}", self.records.items(f"DEPLOYMENT#{identity}", "EVENT#"))
        if events and commit:
            opened, release = min(event.at for event in events), f"RELEASE#{self._service}#{commit}"
            events += [event for event in _events(release, self.records.items(release, "EVENT#")) if event.at >= opened]
        record: Item = next((item for item in items if item["sk"] == "META"), {})
        return record, sorted(events, key=lambda event: event.at)

    def _deployment(self, identity: str) -> DeploymentSeen:
        record: Mapping[str, Any] = self.records.item(f"DEPLOYMENT#{identity}", "META")
        return DeploymentSeen(
            identity,
            str(record["environment"]),
            str(record.get("outcome", "")),
            str(record.get("reason", "")),
            moment(record["opened_at"]),
            moment(record["closed_at"]) if "closed_at" in record else 0.0,
            timeline.fault(_events("", self.records.items(f"DEPLOYMENT#{identity}", "EVENT#"))),
        )

    def _shower(self, run: str, commit: str, on_event: Callable[[Event], None]) -> Callable[[], Item]:
        """A function that gives new events to `on_event` and returns the run's record."""
        shown: set[tuple[str, str]] = set()

        def show() -> Item:
            record, events = self._look(run, commit)
            for event in events:
                if (event.subject, event.number) not in shown:
                    shown.add((event.subject, event.number))
                    on_event(event)
            return record

        return show


def _deployments(items: Iterable[Item]) -> list[str]:
    """Those that a run's items name."""
    return [str(item["deployment"]) for item in items if item["sk"].startswith("DEPLOYMENT#")]


def _events(subject: str, items: Iterable[Item]) -> list[Event]:
    return [timeline.event(subject, item) for item in items if item["sk"].startswith("EVENT#")]


def until(look: Callable[[], T | None], timeout_seconds: float, otherwise: str) -> T:
    """What `look` sees as soon as it sees something; NotInTime when that takes longer."""
    try:
        found = Retrying(wait=wait_fixed(_POLL_SECONDS), stop=stop_after_delay(timeout_seconds), retry=retry_if_result(lambda seen: seen is None))(look)
    except RetryError as error:
        raise NotInTime(f"{otherwise} after {timeout_seconds:.0f} s") from error
    assert found is not None
    return found
