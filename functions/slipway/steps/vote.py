"""Vote: a person decides about a deployment that waits for approval. The console calls it; the vote counts once, and nothing but a POST gets here."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain import policy
from slipway.domain.approval import LONGEST_REASON, Approval, ApprovalState, Choice, Vote, objection
from slipway.domain.environment import ApprovalRule, Configuration
from slipway.errors import InvalidInput
from slipway.ports import Approvals, Configurations, Deployments, Timeline, Workflows
from slipway.steps.settle import settle


@dataclass(frozen=True)
class VoteRequest:
    """`person` is a name of slipway.yaml's people, proved by the caller. `way` says how: `link`, `sign-in` (the link and a session) or `aws`."""

    approval: str
    person: str
    choice: Choice
    reason: str = ""
    way: str = "link"


@dataclass(frozen=True)
class Voted:
    """`counted` is False when the vote changed nothing; `message` says why, or what comes next."""

    counted: bool
    state: ApprovalState
    message: str


def vote(
    request: VoteRequest,
    *,
    configurations: Configurations,
    deployments: Deployments,
    approvals: Approvals,
    workflows: Workflows,
    timeline: Timeline,
    now: datetime,
) -> Voted:
    """InvalidInput when there is no such approval. Safe to run again, by anybody: what an earlier call has begun is finished."""
    approval = approvals.get(request.approval)
    if approval is None:
        raise InvalidInput(f"There is no approval {request.approval}.")
    configuration = configurations.read()
    rule = rule_of(configuration, approval)

    def nothing(said: str = "") -> Voted:
        """How it stands, once everything that was decided is told."""
        settled = settle(approval, rule, configuration.people, approvals=approvals, workflows=workflows)
        return Voted(False, settled.state_at(now), said or explain(settled, rule, now))

    if has_ended(approval, deployments, workflows, now) and approvals.decide(approval.identity, ApprovalState.ENDED, "its execution isn't running any more"):
        return nothing()
    earlier = next((found for found in approvals.votes(approval.identity) if found.person == request.person), None)
    if earlier is not None:
        as_it_is = nothing()
        return Voted(False, as_it_is.state, f"You have voted already ({earlier.choice}, {earlier.at:%Y-%m-%d %H:%M} UTC). {as_it_is.message}")
    if approval.state_at(now) is not ApprovalState.PENDING:
        return nothing()
    if sentence := objection(rule, approval, configuration.people.get(request.person)) or unproved(rule, request.way):
        return nothing(sentence)
    reason = " ".join(request.reason.split())[:LONGEST_REASON]
    if request.choice is Choice.REJECT and not reason:
        return nothing("A rejection needs a reason: who pushed the release wants to know what to change.")
    if not approvals.vote(approval, Vote(request.person, request.choice, reason, now, request.way)):
        return nothing()
    said = f"{request.person} voted {request.choice}" + (f": {reason}" if reason else "")
    timeline.add(f"DEPLOYMENT#{approval.deployment}", f"voted-{request.choice}", said, now)
    settled = settle(approval, rule, configuration.people, approvals=approvals, workflows=workflows)
    return Voted(True, settled.state, explain(settled, rule, now))


def has_ended(approval: Approval, deployments: Deployments, workflows: Workflows, now: datetime) -> bool:
    """Whether people are asked about a deployment that isn't there any more: aborted or failed."""
    return approval.state_at(now) is ApprovalState.PENDING and not workflows.is_running(deployments.get(approval.deployment).execution)


def unproved(rule: ApprovalRule | None, way: str) -> str:
    """Why a vote that came this way isn't enough, as a sentence; empty when it is. Mails get forwarded, so a rule may want more than their link."""
    return "This environment wants you to sign in before you decide." if rule is not None and rule.sign_in and way == "link" else ""


def rule_of(configuration: Configuration, approval: Approval) -> ApprovalRule | None:
    """As slipway.yaml has it now; None when nobody is asked there any more."""
    service = configuration.services.get(approval.service)
    target = service.targets.get(approval.environment) if service is not None else None
    return policy.approval_rule(target, approval.kind) if target is not None else None


def explain(approval: Approval, rule: ApprovalRule | None, now: datetime) -> str:
    """What has become of the question, for the person who looks at it."""
    what = f"{approval.service} {approval.version} to {approval.environment}"
    match approval.state_at(now):
        case ApprovalState.PENDING:
            needed = rule.required if rule else 1
            return f"{what} waits for {needed} approval{'s' if needed > 1 else ''}."
        case ApprovalState.APPROVED if approval.told:
            return f"{what} is {approval.reason}: it goes on."
        case ApprovalState.REJECTED if approval.told:
            return f"{what} is {approval.reason}: nothing is changed."
        case ApprovalState.APPROVED | ApprovalState.REJECTED:
            return f"{what} is {approval.reason}, but the deployment doesn't know yet. Press a button again to tell it; your earlier vote stands."
        case ApprovalState.EXPIRED:
            return f"The question about {what} expired on {approval.expires_at:%Y-%m-%d at %H:%M} UTC: nothing is changed. Push a new tag to ask anew."
        case ApprovalState.SUPERSEDED:
            return f"{what} was superseded, {approval.reason}: nothing is changed. Decide about the newer one."
        case ApprovalState.ENDED:
            return f"{what} has ended, so there is nothing to decide: {approval.reason}."
