"""A run: one execution of the `release` workflow, caused by one event."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from slipway.domain.deployment import Outcome

LONGEST_NAME = 60
"""Characters of a run's name. Step Functions allows 80 and the names of its deployments append the environment's name."""


class RunState(StrEnum):
    RUNNING = "running"
    LIVE = "live"
    FAILED = "failed"
    REFUSED = "refused"
    """The gate, the admission or an environment's requirement said no: nothing was changed."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Run:
    identity: str
    service: str
    ref: str
    commit: str
    state: RunState = RunState.RUNNING
    reason: str = ""


def run_name(service: str, ref: str, commit: str, delivery: str) -> str:
    """The execution name for one delivery: the same delivery always gives the same name, another delivery another.

    Names of Step Functions executions are unusable for 90 days, so the delivery's identity is part of it: a branch that
    is pushed back to a commit it had before is a new run. Only letters, digits, `-` and `_` come out.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    fingerprint = hashlib.sha256(f"{service}\n{ref}\n{commit}\n{delivery}".encode()).hexdigest()[:12]
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", f"{service}-{ref.removeprefix('refs/heads/').removeprefix('refs/')}")
    return f"{readable[: LONGEST_NAME - 26].strip('-')}-{commit[:12]}-{fingerprint}"


def version_of(ref: str, commit: str) -> str:
    """What people call the commit: the pushed tag, or its first twelve digits."""
    kind, _, name = ref.removeprefix("refs/").partition("/")
    return name if kind == "tags" else commit[:12]


_ENDS: Mapping[str, RunState] = {
    Outcome.REFUSED: RunState.REFUSED,
    Outcome.REJECTED: RunState.REJECTED,
    Outcome.EXPIRED: RunState.EXPIRED,
    Outcome.SUPERSEDED: RunState.SUPERSEDED,
}
"""A run ends as its deployment did when nothing went wrong; everything else has failed."""


def conclude(refusal: str, error: str, outcomes: dict[str, tuple[str, str]]) -> tuple[RunState, str]:
    """How a run ends. `outcomes` maps each target environment to the outcome and reason of its deployment.

    A refusal of the release comes first, then an error of the workflow, then the first environment that isn't live.
    """
    if refusal:
        return RunState.REFUSED, refusal
    for environment, (outcome, reason) in outcomes.items():
        if outcome != Outcome.LIVE:
            state = _ENDS.get(outcome, RunState.FAILED)
            return state, f"{environment}: {outcome or 'not deployed'}{f' ({reason})' if reason else ''}" + (f"; {error}" if error else "")
    if error or not outcomes:
        return RunState.FAILED, error or "nothing was deployed"
    return RunState.LIVE, f"live in {', '.join(outcomes)}"
