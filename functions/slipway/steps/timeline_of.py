"""TimelineOf: what happened to a run, a deployment or a rollback, in order. The console calls it; it only reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.errors import InvalidInput
from slipway.ports import Deployments, Runs, Timeline, TimelineEvent


@dataclass(frozen=True)
class TimelineRequest:
    """`id` is the name of a `release`, `deploy` or `rollback` execution."""

    id: str


@dataclass(frozen=True)
class MergedTimeline:
    id: str
    events: Sequence[TimelineEvent]


def timeline_of(request: TimelineRequest, *, runs: Runs, deployments: Deployments, timeline: Timeline) -> MergedTimeline | None:
    """The events of the run and of its deployments by time, each subject's own in the order in which they were added. None when nobody knows the name."""
    started = [deployment.identity for deployment in deployments.of_run(request.id)]
    itself = [request.id] if not started and _is_deployment(request.id, deployments) else []
    about_run = timeline.read(f"RUN#{request.id}")
    if not started and not itself and not about_run and runs.get(request.id) is None:
        return None
    events = [*about_run, *(event for identity in (*started, *itself) for event in timeline.read(f"DEPLOYMENT#{identity}"))]
    return MergedTimeline(request.id, sorted(events, key=lambda event: event.at))


def _is_deployment(name: str, deployments: Deployments) -> bool:
    try:
        deployments.get(name)
    except InvalidInput:
        return False
    return True
