"""ShowApproval: what people see before they decide. The console calls it, for its page and its JSON; it only reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain.approval import Approval, ApprovalState, Vote, objection
from slipway.domain.environment import Person
from slipway.domain.plan import PlanDocument
from slipway.ports import Approvals, Configurations, Deployments, Plans, Workflows
from slipway.steps.vote import explain, has_ended, rule_of


@dataclass(frozen=True)
class ShowApprovalRequest:
    """`person` is a name of slipway.yaml's people, empty when nobody in particular looks."""

    approval: str
    person: str = ""


@dataclass(frozen=True)
class ShownApproval:
    """`state` and `message` say how it stands now. `person` is None when slipway.yaml doesn't have that person (any more).

    `obstacle` is why the person can't decide, as a sentence to them; empty when they can.
    """

    approval: Approval
    state: ApprovalState
    message: str
    votes: Sequence[Vote]
    plan: PlanDocument | None
    person: Person | None
    obstacle: str


def show_approval(
    request: ShowApprovalRequest,
    *,
    configurations: Configurations,
    deployments: Deployments,
    approvals: Approvals,
    plans: Plans,
    workflows: Workflows,
    now: datetime,
) -> ShownApproval | None:
    """None when there is no such approval."""
    approval = approvals.get(request.approval)
    if approval is None:
        return None
    if has_ended(approval, deployments, workflows, now):
        approval = replace(approval, state=ApprovalState.ENDED, reason="its execution isn't running any more")
    configuration = configurations.read()
    rule = rule_of(configuration, approval)
    person = configuration.people.get(request.person)
    votes = approvals.votes(approval.identity)
    plan = plans.read(approval.identity)
    state, message = approval.state_at(now), explain(approval, rule, now)
    own = next((vote for vote in votes if vote.person == request.person), None)
    if state in (ApprovalState.APPROVED, ApprovalState.REJECTED) and not approval.told:
        obstacle = ""
    elif state is not ApprovalState.PENDING:
        obstacle = message
    elif own is not None:
        obstacle = f"You have voted already ({own.choice}, {own.at:%Y-%m-%d %H:%M} UTC). {message}"
    elif plan is None:
        obstacle = "What would change isn't known any more, so nobody can decide about it. Push again to ask anew."
    else:
        obstacle = objection(rule, approval, person)
    return ShownApproval(approval, state, message, votes, plan, person, obstacle)
