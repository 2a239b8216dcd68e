"""ConfirmPlan: looks, with the lease in hand, whether the plan still holds. Between a plan and its turn people think, queues move and environments change."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from slipway.domain import policy
from slipway.domain.deployment import Deployment, Kind
from slipway.ports import Configurations, Deployments, Environments, Leases, Timeline
from slipway.steps.fence import Fence


@dataclass(frozen=True)
class ConfirmPlanRequest:
    """`live` is what the environment ran when the plan was made; `round` counts the plans of this deployment."""

    deployment: str
    epoch: int
    live: str
    round: int


class Next(StrEnum):
    APPLY = "apply"
    RESTORE = "restore"
    PLAN = "plan"
    REFUSE = "refuse"


@dataclass(frozen=True)
class ConfirmedPlan:
    """`round` is that of the plan to be made when `next` is `plan`."""

    next: Next
    reason: str
    round: int


def confirm_plan(
    request: ConfirmPlanRequest,
    *,
    configurations: Configurations,
    deployments: Deployments,
    environments: Environments,
    leases: Leases,
    timeline: Timeline,
    now: datetime,
) -> ConfirmedPlan:
    """LeaseLost when the lease is lost already, or is to be given up."""
    deployment = deployments.get(request.deployment)
    Fence(leases, deployment, request.epoch).check()
    if deployment.kind is Kind.REPAIR:
        return _repair(deployment, deployments, leases, request)
    configuration = configurations.read()
    if fault := configuration.fault(deployment.service, deployment.environment):
        return ConfirmedPlan(Next.REFUSE, fault, request.round)
    target = configuration.services[deployment.service].targets[deployment.environment]
    live = environments.state(deployment.service, deployment.environment).live
    if policy.approval_rule(target, deployment.kind) is not None and live != request.live:
        moved = f"{deployment.environment} ran {request.live[:12] or 'nothing'} when people were asked, and now runs {live[:12] or 'nobody knows what'}"
        timeline.add(f"DEPLOYMENT#{deployment.identity}", "planned-anew", f"{moved}: they are asked anew", now)
        return ConfirmedPlan(Next.PLAN, moved, request.round + 1)
    if frozen := policy.frozen(deployment.environment, target, now, deployment.kind):
        return ConfirmedPlan(Next.REFUSE, frozen, request.round)
    return ConfirmedPlan(Next.APPLY, "the plan holds", request.round)


def _repair(deployment: Deployment, deployments: Deployments, leases: Leases, request: ConfirmPlanRequest) -> ConfirmedPlan:
    """Whoever changed the environment last and has no end on record left it half done; its restore point is where to go back to."""
    changing = leases.read(deployment.service, deployment.environment).changing
    point = deployments.restore_point(changing) if changing else None
    if point is None:
        return ConfirmedPlan(Next.REFUSE, "nothing is left to be repaired", request.round)
    deployments.remember_restore_point(deployment.identity, point)
    return ConfirmedPlan(Next.RESTORE, f"{changing} left {deployment.environment} half done", request.round)
