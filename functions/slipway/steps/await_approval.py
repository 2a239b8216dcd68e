"""AwaitApproval: asks the approvers and lets the deployment wait with a task token for their decision, which `vote` gives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.domain import policy
from slipway.domain.approval import Approval, ApprovalState, electorate, question_of
from slipway.domain.deployment import Deployment
from slipway.domain.plan import PlanDocument
from slipway.errors import InvalidInput
from slipway.ports import Approvals, Configurations, Deployments, Mails, Plans, Timeline, Workflows
from slipway.steps.settle import settle


@dataclass(frozen=True)
class AwaitApprovalRequest:
    """`round` rises when the environment moved on after an approval: then the plan is another one, and so is the question."""

    deployment: str
    token: str
    round: int = 1


def await_approval(
    request: AwaitApprovalRequest,
    *,
    configurations: Configurations,
    deployments: Deployments,
    approvals: Approvals,
    plans: Plans,
    mails: Mails,
    workflows: Workflows,
    timeline: Timeline,
    now: datetime,
) -> None:
    """Safe to run again: nobody is asked twice, but for one mail when the function is killed right after sending it, and a decision isn't asked for again.

    InvalidInput when slipway.yaml asks nobody there any more, or too few could be reached.
    """
    deployment = deployments.get(request.deployment)
    configuration = configurations.read()
    if fault := configuration.fault(deployment.service, deployment.environment):
        raise InvalidInput(fault)
    rule = policy.approval_rule(configuration.services[deployment.service].targets[deployment.environment], deployment.kind)
    document = plans.read(question_of(deployment.identity, request.round))
    if rule is None or document is None:
        raise InvalidInput(f"{deployment.environment} asks nobody about {deployment.service}, or there is no plan to show.")
    asked = _question(deployment, request.round, document, now, rule.expires_seconds)
    subject = f"DEPLOYMENT#{deployment.identity}"
    superseded = approvals.open(asked, request.token)
    approval = approvals.get(asked.identity) or asked
    if superseded is not None:
        _supersede(superseded, approval, approvals=approvals, workflows=workflows, timeline=timeline, now=now)
    if approval.state is not ApprovalState.PENDING:
        if approval.state is ApprovalState.SUPERSEDED and not approval.told:
            timeline.add(subject, "superseded-by", f"Nobody is asked: {approval.reason}", now)
        workflows.succeed(request.token, {"decision": approval.state, "reason": approval.reason})
        approvals.remember_told(approval.identity)
        return
    notified = set(approvals.notified(approval.identity))
    people = electorate(rule, approval.selves, configuration.people)
    names = ", ".join(person.name for person in people)
    for person in people:
        if person.name in notified:
            continue
        try:
            mails.ask(person, approval, document)
        except InvalidInput as refused:
            timeline.add(subject, "mail-refused", f"{person.name} couldn't be asked by e-mail: {refused}", now)
            continue
        approvals.remember_notified(approval.identity, person.name)
        notified.add(person.name)
    if len(notified) < rule.required:
        raise InvalidInput(f"{rule.required} of {names} must approve, and only {len(notified)} could be asked by e-mail.")
    who = names if len(people) == rule.required else f"{rule.required} of {names}"
    timeline.add(subject, "asked", f"{who} must approve until {approval.expires_at:%Y-%m-%d %H:%M} UTC", now)


def _question(deployment: Deployment, in_round: int, document: PlanDocument, now: datetime, seconds: int) -> Approval:
    return Approval(
        identity=question_of(deployment.identity, in_round),
        service=deployment.service,
        environment=deployment.environment,
        commit=deployment.commit,
        version=deployment.version,
        pusher=deployment.pusher,
        opened_at=now,
        expires_at=now + timedelta(seconds=seconds),
        asked_at=deployment.asked_at,
        round=in_round,
        contributors=document.contributors,
        kind=deployment.kind,
    )


def _supersede(older: Approval, newer: Approval, *, approvals: Approvals, workflows: Workflows, timeline: Timeline, now: datetime) -> None:
    """The question that was asked earlier is taken back: only one at a time can be true of what the environment runs."""
    if approvals.decide(older.identity, ApprovalState.SUPERSEDED, f"{newer.version} asks instead"):
        timeline.add(f"DEPLOYMENT#{older.deployment}", "superseded-by", f"{newer.identity}: {newer.version} asks instead", now)
    settle(older, None, {}, approvals=approvals, workflows=workflows)
