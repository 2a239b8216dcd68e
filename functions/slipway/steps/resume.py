"""Resume: a person ends a hold, and the next deployment in the queue goes on. The console calls it."""

from dataclasses import dataclass
from datetime import datetime

from slipway.errors import InvalidInput
from slipway.ports import Audit, Configurations, Deployments, Leases, Timeline, Workflows
from slipway.steps.hand_over import hand_over


@dataclass(frozen=True)
class ResumeRequest:
    """`actor` is a person's name, or the principal that signed the request."""

    service: str
    environment: str
    actor: str
    reason: str = ""


@dataclass(frozen=True)
class Resumed:
    """`hold` is the one that ended, empty when there was none; `next` the deployment that goes on, empty when none waited."""

    hold: str
    next: str


def resume(
    request: ResumeRequest,
    *,
    configurations: Configurations,
    deployments: Deployments,
    leases: Leases,
    workflows: Workflows,
    timeline: Timeline,
    audit: Audit,
    now: datetime,
) -> Resumed:
    """InvalidInput, with the valid ones, for a service or environment that slipway.yaml doesn't have, and when another hold began meanwhile."""
    service, environment = request.service, request.environment
    if fault := configurations.read().fault(service, environment):
        raise InvalidInput(fault)
    hold = leases.read(service, environment).hold
    if hold:
        audit.add(request.actor, "resume", f"ENV#{service}#{environment}", now, hold=hold, reason=request.reason)
    granted = leases.resume(service, environment, hold)
    owner = hand_over(granted, service, environment, deployments=deployments, leases=leases, workflows=workflows, timeline=timeline, now=now)
    if another := leases.read(service, environment).hold:
        raise InvalidInput(f"{environment} is held anew: {another}. Resume it once more if you mean that, too.")
    return Resumed(hold, owner)
