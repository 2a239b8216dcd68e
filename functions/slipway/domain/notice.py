"""What should stand on the code host about a run or a deployment: beside the commit, and in the list of deployments.

`steps/tell.py` asks these functions, compares their answer with what was told last, and tells the difference. They look at how things stand, never at what
has just happened, so that many changes in a short time end as one message. The kinds of events are those that the steps write on the timeline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from slipway.domain.deployment import LONG_AGO, Deployment, Outcome
from slipway.domain.plain_text import cut, one_line
from slipway.domain.run import Run, RunState

LONGEST_DESCRIPTION = 140
"""Characters. https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status; commit statuses take no more either."""


class Event(Protocol):
    """An event of a timeline, as far as it matters here."""

    @property
    def kind(self) -> str: ...

    @property
    def message(self) -> str: ...

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True)
class Notice:
    """What stands beside a commit or a deployment: a state in the code host's words, and one line."""

    state: str
    description: str


@dataclass(frozen=True)
class Told:
    """What was told last about one thing. `version` counts the changes; 0: nothing was ever told.

    `notice` is what stands at the code host, `number` the code host's number of the deployment, `votes` how many decisions were told there, `news` the kinds of
    news that went to chat. Runs of one commit share a commit status: `run` is the one whose it is, `opened_at` when that was opened.
    """

    version: int = 0
    notice: Notice | None = None
    number: int = 0
    votes: int = 0
    news: tuple[str, ...] = ()
    run: str = ""
    opened_at: datetime = LONG_AGO


_CHANGES_NOTHING = frozenset(
    {
        "compared",
        "mail-refused",
        "reminded",
        "recovered",
        "applied",
        "apply-failed",
        "rollout-complete",
        "rollout-failed",
        "smoke-passed",
        "smoke-failed",
        "restored",
        "restore-failed",
        "removed",
    }
)
"""Events that leave everything as it was told. One that isn't known here may change something: looking once too often costs little."""

_RUN_STATES: Mapping[RunState, str] = {
    RunState.RUNNING: "pending",
    RunState.LIVE: "success",
    RunState.FAILED: "failure",
    RunState.REFUSED: "failure",
    RunState.REJECTED: "failure",
    # Nobody said no: it didn't come to it.
    RunState.EXPIRED: "error",
    RunState.SUPERSEDED: "error",
}
_RUN_PROGRESS = frozenset({"opened", "image-kept", "build-started", "build-awaited", "admitted"})

_OUTCOME_STATES: Mapping[str, str] = {
    Outcome.LIVE: "success",
    Outcome.ROLLED_BACK: "failure",
    Outcome.NEEDS_ATTENTION: "error",
    Outcome.FAILED: "error",
    Outcome.REFUSED: "failure",
    Outcome.REJECTED: "failure",
    Outcome.EXPIRED: "error",
    Outcome.SUPERSEDED: "inactive",
}
_VOTE = "voted-"
_PROGRESS_STATES: Mapping[str, str] = {
    "started-by-hand": "queued",
    "planned": "queued",
    "planned-anew": "queued",
    "asked": "pending",
    f"{_VOTE}approve": "pending",
    f"{_VOTE}reject": "pending",
    "superseded-by": "pending",
    "queued": "queued",
    "lease-acquired": "in_progress",
    "asked-to-stop": "in_progress",
    "restoring": "in_progress",
}


KNOWN_KINDS = _CHANGES_NOTHING | _RUN_PROGRESS | frozenset(_PROGRESS_STATES)
"""Kinds of events of which it is decided here what people see: a test holds the steps against it."""


def changes_something(subject: str, kind: str) -> bool:
    """Whether an event of that kind on the timeline of `RUN#<id>` or `DEPLOYMENT#<id>` may change what people should be told."""
    return subject.startswith(("RUN#", "DEPLOYMENT#")) and kind not in _CHANGES_NOTHING


def commit_notice(run: Run, events: Sequence[Event]) -> Notice:
    """What should stand beside the run's commit. `events` is the run's timeline."""
    if run.state is not RunState.RUNNING:
        return Notice(_RUN_STATES[run.state], _line(_reasoned(run.state, run.reason)))
    progress = next((event.message for event in reversed(events) if event.kind in _RUN_PROGRESS), "Slipway has begun")
    return Notice(_RUN_STATES[run.state], _line(progress))


def opened_at(events: Sequence[Event]) -> datetime:
    """When a run began: of two runs of a commit the one that began later is what people look at."""
    return next((event.at for event in events if event.kind == "opened"), LONG_AGO)


def deployment_notice(deployment: Deployment, events: Sequence[Event]) -> Notice:
    """What should stand beside the deployment. `events` is the deployment's timeline."""
    if deployment.outcome:
        return Notice(_OUTCOME_STATES[deployment.outcome], _line(_reasoned(deployment.outcome, deployment.reason)))
    newest = next((event for event in reversed(events) if event.kind in _PROGRESS_STATES), None)
    if newest is None:
        return Notice("queued", _line(deployment.cause))
    message = f"Going to {deployment.environment} at {deployment.version}" if newest.kind == "lease-acquired" else newest.message
    return Notice(_PROGRESS_STATES[newest.kind], _line(message))


def decisions(events: Sequence[Event]) -> list[Notice]:
    """A notice for each vote, in their order: each stays readable on the deployment, with who gave it and why, whatever comes after it."""
    return [Notice("pending", _line(event.message)) for event in events if event.kind.startswith(_VOTE)]


def _reasoned(end: str, reason: str) -> str:
    """How it ended in front of why, unless the reason begins so."""
    return reason if reason.startswith(end) else f"{end}{f': {reason}' if reason else ''}"


def _line(text: str) -> str:
    return cut(one_line(text), LONGEST_DESCRIPTION)
