"""People deciding on a plan: who may vote, and what their votes come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from slipway.domain.environment import ApprovalRule, Person

LONGEST_REASON = 500


class Choice(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class ApprovalState(StrEnum):
    """The last four end the deployment; they are outcomes of the same name, but for `ended`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """A newer deployment to the same environment asks instead."""
    ENDED = "ended"
    """The deployment was aborted or failed while people were asked: there is nothing to decide any more."""


@dataclass(frozen=True)
class Approval:
    """What people are asked. `identity` is the deployment's. The task token is no part of it: it never leaves the table but to Step Functions."""

    identity: str
    service: str
    environment: str
    commit: str
    version: str
    pusher: str
    opened_at: datetime
    expires_at: datetime
    state: ApprovalState = ApprovalState.PENDING
    reason: str = ""
    told: bool = False
    """Whether the deployment that waits was told the decision. Until then anybody who looks may finish that."""

    def state_at(self, now: datetime) -> ApprovalState:
        """A pending approval expires by itself."""
        return ApprovalState.EXPIRED if self.state is ApprovalState.PENDING and now >= self.expires_at else self.state


@dataclass(frozen=True)
class Vote:
    person: str
    choice: Choice
    reason: str
    at: datetime


def is_self(rule: ApprovalRule, pusher: str, person: Person) -> bool:
    """Whether the person would decide about a push of their own, where the rule doesn't let them. GitHub's logins ignore case."""
    return not rule.self_approval and bool(pusher) and person.github.lower() == pusher.lower()


def electorate(rule: ApprovalRule, pusher: str, people: Mapping[str, Person]) -> list[Person]:
    """Who is asked: the approvers but for who pushed the release."""
    return [people[name] for name in rule.approvers if name in people and not is_self(rule, pusher, people[name])]


def objection(rule: ApprovalRule | None, approval: Approval, person: Person | None) -> str:
    """Why this person can't decide, as a sentence to them; empty when they can. Asked at the moment of the vote, with the rule of then."""
    if person is None:
        return "You aren't among the people of slipway.yaml any more, so you can't decide about this deployment."
    if rule is None or person.name not in rule.approvers:
        return f"{person.name} isn't an approver of {approval.service} in {approval.environment}."
    if is_self(rule, approval.pusher, person):
        return f"{person.name} pushed this release, and {approval.environment} wants somebody else to decide about it."
    return ""


def conclude(rule: ApprovalRule, votes: Sequence[Vote]) -> ApprovalState:
    """One rejection rejects; `required` approvals approve. Votes of people who are no approvers any more don't count."""
    counted = [vote for vote in votes if vote.person in rule.approvers]
    if any(vote.choice is Choice.REJECT for vote in counted):
        return ApprovalState.REJECTED
    approvals = {vote.person for vote in counted}
    return ApprovalState.APPROVED if len(approvals) >= rule.required else ApprovalState.PENDING
