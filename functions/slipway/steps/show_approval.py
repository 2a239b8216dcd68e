"""ShowApproval: what people see before they decide. The console calls it, for its page and its JSON; it only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from slipway.domain.approval import Approval, ApprovalState, Vote, electorate, exclusion, objection
from slipway.domain.environment import ApprovalRule, Configuration, Person
from slipway.domain.plan import PlanDocument
from slipway.ports import Approvals, Configurations, Deployments, Plans, Workflows
from slipway.steps.vote import explain, has_ended, rule_of, unproved


@dataclass(frozen=True)
class ShowApprovalRequest:
    """`person` is a name of slipway.yaml's people, empty when nobody in particular looks; `way` is how they came, as VoteRequest has it."""

    approval: str
    person: str = ""
    way: str = "link"


@dataclass(frozen=True)
class Agreement:
    """Who has to agree: `required` of `approvers` (names). `excluded` maps the approvers who may not decide to why."""

    required: int = 1
    approvers: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownApproval:
    """`state` and `message` say how it stands now. `person` is None when slipway.yaml doesn't have that person (any more).

    `obstacle` is why the person can't decide, as a sentence to them; empty when they can. `sign_in` says that signing in takes it away.
    """

    approval: Approval
    state: ApprovalState
    message: str
    votes: Sequence[Vote]
    plan: PlanDocument | None
    person: Person | None
    obstacle: str
    agreement: Agreement = Agreement()
    sign_in: bool = False


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
    state, message = approval.state_at(now), _asked_anew(approval, approvals) or explain(approval, rule, now)
    agreement, sign_in = _agreement(rule, approval, configuration), False
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
        if not obstacle and (obstacle := unproved(rule, request.way)):
            sign_in = True
    return ShownApproval(approval, state, message, votes, plan, person, obstacle, agreement, sign_in)


def _asked_anew(approval: Approval, approvals: Approvals) -> str:
    """What to tell whoever opens the mail of an earlier round; empty when no later one is open."""
    newest = approvals.pending(approval.service, approval.environment)
    if newest is None or newest.deployment != approval.deployment or newest.round <= approval.round:
        return ""
    what = f"{approval.service} {approval.version} to {approval.environment}"
    return f"{what} was {approval.reason or approval.state}, but {approval.environment} has changed since: open the newer mail, which asks anew."


def _agreement(rule: ApprovalRule | None, approval: Approval, configuration: Configuration) -> Agreement:
    """As the rule is now."""
    if rule is None:
        return Agreement()
    people = configuration.people
    excluded = {name: why for name in rule.approvers if name in people and (why := exclusion(rule, approval.selves, people[name]))}
    return Agreement(rule.required, tuple(person.name for person in electorate(rule, approval.selves, people)), excluded)
