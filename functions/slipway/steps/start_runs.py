"""The runs of one push: one for each service that it concerns, the same names whenever it is asked again. Called by `webhook` and `catch_up`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slipway.domain.push import Accepted, Push, image_of
from slipway.domain.run import run_name
from slipway.ports import Workflows


def runs_of(push: Push, decision: Sequence[Accepted], delivery: str) -> Mapping[str, Accepted]:
    """By the runs' names. `delivery` tells this push from another one of the same commit."""
    return {run_name(accepted.service.name, push.ref, push.commit, delivery): accepted for accepted in decision}


def start_runs(runs: Mapping[str, Accepted], push: Push, asked_at: datetime, workflows: Workflows) -> None:
    """Those that were started already aren't started again."""
    told = {"ref": push.ref, "commit": push.commit, "pusher": push.pusher, "by": push.by, "asked_at": asked_at.isoformat()}
    for run, accepted in runs.items():
        image = image_of(push, accepted.service)
        workflows.start_release(run, {"run": run, "service": accepted.service.name, **told, **({"image_of": image} if image else {})})
