"""Resume: a person ends a hold, and the next deployment in the queue goes on. The console calls it."""

from dataclasses import dataclass
from datetime import datetime

from slipway.errors import InvalidInput
from slipway.ports import Audit, Configurations, Leases, Timeline, Workflows
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
    request: ResumeRequest, *, configurations: Configurations, leases: Leases, workflows: Workflows, timeline: Timeline, audit: Audit, now: datetime
) -> Resumed:
    """InvalidInput, with the valid ones, for a service or environment that slipway.yaml doesn't have."""
    if fault := configurations.read().fault(request.service, request.environment):
        raise InvalidInput(fault)
    hold = leases.read(request.service, request.environment).hold
    if hold:
        audit.add(request.actor, "resume", f"ENV#{request.service}#{request.environment}", now, hold=hold, reason=request.reason)
    granted = leases.resume(request.service, request.environment)
    owner = hand_over(granted, request.service, request.environment, leases=leases, workflows=workflows, timeline=timeline, now=now)
    return Resumed(hold, owner)
