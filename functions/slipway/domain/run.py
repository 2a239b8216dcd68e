"""A run: one execution of the `release` workflow, caused by one event."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from slipway.domain.deployment import Outcome

LONGEST_NAME = 60
"""Characters of a run's name. Step Functions allows 80 and the names of its deployments append the environment's name."""


class RunState(StrEnum):
    RUNNING = "running"
    LIVE = "live"
    FAILED = "failed"


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


def conclude(refusal: str, error: str, outcomes: dict[str, tuple[str, str]]) -> tuple[RunState, str]:
    """How a run ends. `outcomes` maps each target environment to the outcome and reason of its deployment.

    A refusal of the release comes first, then an error of the workflow, then the first environment that isn't live.
    """
    if refusal:
        return RunState.FAILED, refusal
    for environment, (outcome, reason) in outcomes.items():
        if outcome != Outcome.LIVE:
            return RunState.FAILED, f"{environment}: {outcome or 'not deployed'}{f' ({reason})' if reason else ''}" + (f"; {error}" if error else "")
    if error:
        return RunState.FAILED, error
    return RunState.LIVE, f"live in {', '.join(outcomes)}"
