"""How the demo follows what Slipway does: every event is told once, the last one too, and what doesn't end is named."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from twin.demo.observe import NotInTime, Observer
from twin.demo.records import Item
from twin.demo.timeline import Event
from twin.demo.workflows import RELEASE, ROLLBACK, Execution
from twin.stack.description import Description

RUN, COMMIT = "web-main-aaaaaaaaaaaa-1", "a" * 40
META = {"sk": "META", "state": "running"}
CLOSED = {"sk": "META", "state": "live"}


def event(number: int, second: int, kind: str) -> Item:
    return {"sk": f"EVENT#{number:05d}", "at": f"2026-11-25T12:00:{second:02d}+00:00", "kind": kind, "message": kind, "evidence": {}}


class Table:
    """What the table holds at one look after the other, by partition key; the last look stays."""

    def __init__(self, *looks: dict[str, Sequence[Item]]) -> None:
        self._looks = [*looks]

    def items(self, pk: str, prefix: str = "") -> Sequence[Item]:
        now = self._looks[0]
        if pk.startswith("RUN#") and len(self._looks) > 1:
            self._looks.pop(0)
        return [item for item in now.get(pk, ()) if item["sk"].startswith(prefix)]


class Executions:
    """`running` says after how many questions the execution has ended; `refs` are the inputs of the runs."""

    def __init__(self, running: int = 0, refs: dict[str, str] | None = None) -> None:
        self._running, self._refs = running, refs or {}

    def names(self, machine: str, *, running: bool = False) -> list[str]:
        assert machine == RELEASE
        if not running:
            return [*self._refs]
        self._running -= 1
        return [RUN] if self._running >= 0 else []

    def execution(self, machine: str, name: str) -> Execution:
        if machine == ROLLBACK:
            self._running -= 1
            return Execution("RUNNING" if self._running >= 0 else "SUCCEEDED", {}, {}, "", "")
        return Execution("RUNNING", {"ref": self._refs[name]}, {}, "", "")


def observer(table: Table, executions: Any) -> Observer:
    here = Path("/nowhere")
    stack = Description(
        "test", here, "", 0, "", "", "", "http://127.0.0.1:1", "", here, here, here, "", {"TableName": "table"}, {}, {}, {},
    )  # fmt: skip
    watching = Observer(stack, "web")
    watching.records, watching.workflows = table, executions
    return watching


def test_the_event_that_is_written_after_the_record_was_closed_is_told_too() -> None:
    before = [META, event(1, 0, "opened")]
    closed = [CLOSED, event(1, 0, "opened")]
    table = Table({f"RUN#{RUN}": before}, {f"RUN#{RUN}": closed}, {f"RUN#{RUN}": [*closed, event(2, 9, "closed")]})
    told: list[Event] = []
    assert observer(table, Executions()).follow(RUN, COMMIT, 10, told.append)["state"] == "live"
    assert [each.kind for each in told] == ["opened", "closed"]


def test_a_run_goes_on_until_its_execution_has_ended() -> None:
    executions = Executions(running=2)
    observer(Table({f"RUN#{RUN}": [CLOSED]}), executions).follow(RUN, COMMIT, 10, lambda each: None)
    assert executions.names(RELEASE, running=True) == []


def test_events_of_run_deployment_and_release_come_by_time_and_what_the_release_did_before_doesnt_count() -> None:
    deployment = {"sk": "DEPLOYMENT#1#dev", "deployment": "one"}
    everything = {
        f"RUN#{RUN}": [deployment, event(1, 10, "opened"), event(2, 40, "closed")],
        "DEPLOYMENT#one": [event(1, 30, "live")],
        f"RELEASE#web#{COMMIT}": [event(1, 5, "built"), event(2, 20, "admitted")],
    }
    assert [each.kind for each in observer(Table(everything), Executions()).events(RUN, COMMIT)] == ["opened", "admitted", "live", "closed"]


def test_a_run_that_isnt_closed_in_time_is_named() -> None:
    with pytest.raises(NotInTime, match=f"the run {RUN} is still not closed after 0 s"):
        observer(Table({f"RUN#{RUN}": [META]}), Executions()).follow(RUN, COMMIT, 0, lambda each: None)


def test_runs_of_one_commit_are_told_apart_by_their_ref() -> None:
    refs = {"web-main-aaaaaaaaaaaa-1": "refs/heads/main", "web-stage-aaaaaaaaaaaa-2": "refs/heads/stage", "web-stage-bbbbbbbbbbbb-3": "refs/heads/stage"}
    watching = observer(Table({}), Executions(refs=refs))
    assert watching.run_of(COMMIT, 1, "refs/heads/stage") == "web-stage-aaaaaaaaaaaa-2"
    with pytest.raises(NotInTime, match="no run was started for refs/tags/v1 at commit aaaaaaaaaaaa"):
        watching.run_of(COMMIT, 0, "refs/tags/v1")


def test_a_rollback_is_followed_to_its_end() -> None:
    table = Table({"RUN#back": [{"sk": "DEPLOYMENT#1#prod", "deployment": "one"}], "DEPLOYMENT#one": [event(1, 1, "held"), event(2, 2, "live")]})
    told: list[Event] = []
    assert observer(table, Executions(running=1)).follow_rollback("back", 10, told.append).status == "SUCCEEDED"
    assert [each.kind for each in told] == ["held", "live"]
