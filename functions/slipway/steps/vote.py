"""Vote: a person decides about a deployment that waits for approval. The console calls it; the vote counts once, and nothing but a POST gets here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.domain.approval import LONGEST_REASON, Approval, ApprovalState, Choice, Vote, conclude, objection
from slipway.domain.environment import ApprovalRule, Configuration
from slipway.errors import InvalidInput
from slipway.ports import Approvals, Audit, Configurations, Timeline, Workflows


@dataclass(frozen=True)
class VoteRequest:
    """`person` is a name of slipway.yaml's people, proved by the caller. `way` says how: `link` or `aws`."""

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
    request: VoteRequest, *, configurations: Configurations, approvals: Approvals, workflows: Workflows, timeline: Timeline, audit: Audit, now: datetime
) -> Voted:
    """InvalidInput when there is no such approval. Safe to run again: the same person's second vote only finishes what the first has begun."""
    approval = approvals.get(request.approval)
    if approval is None:
        raise InvalidInput(f"There is no approval {request.approval}.")
    configuration = configurations.read()
    rule = rule_of(configuration, approval)
    earlier = next((found for found in approvals.votes(approval.identity) if found.person == request.person), None)
    if earlier is not None:
        finished = finish(approval, rule, approvals=approvals, workflows=workflows)
        return Voted(False, finished.state, f"You have voted already ({earlier.choice}, {earlier.at:%Y-%m-%d %H:%M} UTC). {explain(finished, rule, now)}")
    if approval.state_at(now) is not ApprovalState.PENDING:
        return Voted(False, approval.state_at(now), explain(approval, rule, now))
    if sentence := objection(rule, approval, configuration.people.get(request.person)):
        return Voted(False, approval.state, sentence)
    reason = " ".join(request.reason.split())[:LONGEST_REASON]
    if request.choice is Choice.REJECT and not reason:
        return Voted(False, approval.state, "A rejection needs a reason: who pushed the release wants to know what to change.")
    if not approvals.vote(approval.identity, Vote(request.person, request.choice, reason, now)):
        now_there = approvals.get(approval.identity) or approval
        return Voted(False, now_there.state_at(now), explain(now_there, rule, now))
    audit.add(request.person, request.choice, f"DEPLOYMENT#{approval.identity}", now, reason=reason, way=request.way, commit=approval.commit)
    said = f"{request.person} voted {request.choice}" + (f": {reason}" if reason else "")
    timeline.add(f"DEPLOYMENT#{approval.identity}", f"voted-{request.choice}", said, now)
    finished = finish(approval, rule, approvals=approvals, workflows=workflows)
    return Voted(finished.state is not ApprovalState.ENDED, finished.state, explain(finished, rule, now))


def rule_of(configuration: Configuration, approval: Approval) -> ApprovalRule | None:
    """As slipway.yaml has it now; None when nobody is asked there any more."""
    service = configuration.services.get(approval.service)
    target = service.targets.get(approval.environment) if service is not None else None
    return target.approval if target is not None else None


def finish(approval: Approval, rule: ApprovalRule | None, *, approvals: Approvals, workflows: Workflows) -> Approval:
    """Count the votes and, when they decide, tell the deployment that waits. The approval as it is afterwards."""
    votes = approvals.votes(approval.identity)
    state = conclude(rule, votes) if rule is not None and approval.state is ApprovalState.PENDING else approval.state
    if state not in (ApprovalState.APPROVED, ApprovalState.REJECTED):
        return approval
    reason = told_by(votes, state)
    decided_now = approvals.decide(approval.identity, state, reason)
    answered = workflows.succeed(approvals.token(approval.identity), {"decision": state, "reason": reason})
    if decided_now and not answered:
        approvals.decide(approval.identity, ApprovalState.ENDED, "the deployment ended before the decision", since=state)
    return approvals.get(approval.identity) or approval


def told_by(votes: Sequence[Vote], state: ApprovalState) -> str:
    """Who decided, and why: `approved by grace: looks fine`."""
    choice = Choice.APPROVE if state is ApprovalState.APPROVED else Choice.REJECT
    said = [f"{found.person}{f' ({found.reason})' if found.reason else ''}" for found in votes if found.choice is choice]
    return f"{state} by {', '.join(said)}"


def explain(approval: Approval, rule: ApprovalRule | None, now: datetime) -> str:
    """What has become of the question, for the person who looks at it."""
    what = f"{approval.service} {approval.version} to {approval.environment}"
    match approval.state_at(now):
        case ApprovalState.PENDING:
            needed = rule.required if rule else 1
            return f"{what} waits for {needed} approval{'s' if needed > 1 else ''}."
        case ApprovalState.APPROVED:
            return f"{what} is {approval.reason}: it goes on."
        case ApprovalState.REJECTED:
            return f"{what} is {approval.reason}: nothing is changed."
        case ApprovalState.EXPIRED:
            return f"The question about {what} expired on {approval.expires_at:%Y-%m-%d at %H:%M} UTC: nothing is changed. Push the tag again to ask anew."
        case ApprovalState.SUPERSEDED:
            return f"{what} was superseded, {approval.reason}: nothing is changed. Decide about the newer one."
        case ApprovalState.ENDED:
            return f"{what} has ended, so there is nothing to decide: {approval.reason}."
