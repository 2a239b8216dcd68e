"""Brings a decision to the deployment that waits for it. Vote and AwaitApproval call it, each as often as they like.

The table decides, Step Functions only hears of it: what is answered is what is stored, so that votes, expiry and a newer question may race as they will.
A token is written before the state is read (AwaitApproval), and the state before the token (Vote), so one of the two always sees the other.
"""

from collections.abc import Mapping, Sequence

from slipway.domain.approval import Approval, ApprovalState, Choice, Vote, conclude, counted
from slipway.domain.environment import ApprovalRule, Person
from slipway.ports import Approvals, Workflows


def settle(approval: Approval, rule: ApprovalRule | None, people: Mapping[str, Person], *, approvals: Approvals, workflows: Workflows) -> Approval:
    """Count the votes, store what they decide, and tell the deployment unless it knows. The approval as it is afterwards."""
    if rule is not None:
        votes = counted(rule, approval.selves, people, approvals.votes(approval.identity))
        if (state := conclude(rule, votes)) is not ApprovalState.PENDING:
            approvals.decide(approval.identity, state, _told_by(votes, state))
    stored = approvals.get(approval.identity) or approval
    if stored.state in (ApprovalState.PENDING, ApprovalState.ENDED) or stored.told:
        return stored
    workflows.succeed(approvals.token(stored.identity), {"decision": stored.state, "reason": stored.reason})
    approvals.remember_told(stored.identity)
    return approvals.get(stored.identity) or stored


def _told_by(votes: Sequence[Vote], state: ApprovalState) -> str:
    """Who decided, and why: `approved by grace (looks fine)`."""
    choice = Choice.APPROVE if state is ApprovalState.APPROVED else Choice.REJECT
    said = [f"{vote.person}{f' ({vote.reason})' if vote.reason else ''}" for vote in votes if vote.choice is choice]
    return f"{state} by {', '.join(said)}"
