"""Remind: tells those who haven't voted that a question is about to expire, once. `sweep` calls it, as often as it likes."""

from datetime import datetime, timedelta

from slipway.domain.approval import Approval, electorate
from slipway.errors import InvalidInput
from slipway.ports import Approvals, Configurations, Deployments, Mails, Plans, Timeline, Workflows
from slipway.steps.vote import has_ended, rule_of

SHORTEST_REST = timedelta(minutes=5)
"""A reminder that comes later reaches nobody in time."""
SHORTEST_QUESTION = timedelta(minutes=10)
"""A question of less time is its own reminder."""


def remind(
    service: str,
    environment: str,
    *,
    configurations: Configurations,
    deployments: Deployments,
    approvals: Approvals,
    plans: Plans,
    mails: Mails,
    workflows: Workflows,
    timeline: Timeline,
    now: datetime,
) -> tuple[str, ...]:
    """What was done about the pending question there, in words; empty when there was nothing to do.

    Nobody is reminded twice, but for one mail when the function is killed right after sending it. TemporarilyUnavailable when mails can't be sent just now.
    """
    approval = approvals.pending(service, environment)
    if approval is None or has_ended(approval, deployments, workflows, now):
        return ()
    configuration = configurations.read()
    rule = rule_of(configuration, approval)
    document = plans.read(approval.identity)
    if rule is None or document is None or not is_due(approval, now):
        return ()
    done = {vote.person for vote in approvals.votes(approval.identity)} | set(approvals.reminded(approval.identity))
    reached: list[str] = []
    for person in electorate(rule, approval.selves, configuration.people):
        if person.name in done:
            continue
        try:
            mails.remind(person, approval, document)
            reached.append(person.name)
        except InvalidInput as refused:
            timeline.add(f"DEPLOYMENT#{approval.deployment}", "mail-refused", f"{person.name} couldn't be reminded by e-mail: {refused}", now)
        approvals.remember_reminded(approval.identity, person.name)
    if not reached:
        return ()
    names = ", ".join(reached)
    timeline.add(f"DEPLOYMENT#{approval.deployment}", "reminded", f"{names} got a reminder: the question expires at {approval.expires_at:%H:%M} UTC", now)
    return (f"reminded {names} of {approval.identity}",)


def is_due(approval: Approval, now: datetime) -> bool:
    """When a quarter of the time is left, five minutes at least."""
    whole = approval.expires_at - approval.opened_at
    return whole >= SHORTEST_QUESTION and approval.expires_at - max(whole / 4, SHORTEST_REST) <= now < approval.expires_at
