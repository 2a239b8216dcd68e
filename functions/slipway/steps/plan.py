"""Plan: the first state of `deploy`. Opens the deployment, says what it would change, and whether it may go on, has to ask or is refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from slipway.domain import policy
from slipway.domain.approval import question_of
from slipway.domain.deployment import Deployment, DeployRequest, Kind
from slipway.domain.release import ReleaseState
from slipway.errors import InvalidInput
from slipway.ports import Bundles, Clusters, Commits, Configurations, Deployments, Environments, GateReports, Plans, Registry, Releases, Timeline
from slipway.steps.plan_document import Refused, plan_document

LAST_VOTES_SECONDS = 600
"""How much longer than people may vote the execution waits for the answer: it began to wait before they were asked, and `sweep` tells it of the expiry."""


@dataclass(frozen=True, kw_only=True)
class PlanRequest(DeployRequest):
    """`execution` is the ARN of the execution."""

    execution: str


class Next(StrEnum):
    PROCEED = "proceed"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Plan:
    """From which release (commit, empty for the first deployment) to which. `reason` explains a refusal; people have `approval_seconds` to decide.

    `confirm` says whether ConfirmPlan has to look, once the deployment has the lease, if the plan still holds.
    """

    live: str
    commit: str
    next: Next
    reason: str = ""
    approval_seconds: int = 0
    confirm: bool = False


def plan(
    request: PlanRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    deployments: Deployments,
    environments: Environments,
    registry: Registry,
    bundles: Bundles,
    clusters: Clusters,
    commits: Commits,
    gate_reports: GateReports,
    plans: Plans,
    timeline: Timeline,
    now: datetime,
) -> Plan:
    """InvalidInput when service, environment or release aren't there to be deployed, or a rollback goes where the release was never healthy."""
    if request.kind is Kind.REPAIR:
        return _repair(request, deployments, timeline, now)
    configuration = configurations.read()
    if fault := configuration.fault(request.service, request.environment):
        raise InvalidInput(fault)
    release = releases.get(request.service, request.commit)
    if release is None or release.state is not ReleaseState.READY:
        raise InvalidInput(f"{request.service} has no release at {request.commit} that is ready.")
    target = configuration.services[request.service].targets[request.environment]
    if request.kind is Kind.ROLLBACK and environments.healthy_release(request.service, request.environment, request.commit) is None:
        raise InvalidInput(f"{request.commit[:12]} was never healthy in {request.environment}; start `rollback`, which lists what was.")
    deployment = _opened(request)
    deployments.open(deployment, now)
    if outcome := deployments.get(deployment.identity).outcome:
        raise InvalidInput(f"{deployment.identity} has ended ({outcome}); push again, or start a new rollback.")
    if request.pusher:
        releases.remember_pusher(request.service, request.commit, request.pusher)
    live = environments.state(request.service, request.environment).live
    subject = f"DEPLOYMENT#{request.deployment}"
    timeline.add(
        subject,
        "planned",
        f"{request.service} goes {'back ' * (request.kind is Kind.ROLLBACK)}to {request.environment} at {request.version}, {_origin(live)}",
        now,
    )
    if request.kind is Kind.ROLLBACK:
        return Plan(live, request.commit, Next.PROCEED)
    before = environments.healthy_release(request.service, target.ran_in, request.commit) if target.ran_in else None
    unmet = policy.unmet(request.environment, target, request.commit, release, before, now)
    if reason := unmet or policy.frozen(request.environment, target, now, request.kind):
        return Plan(live, request.commit, Next.REFUSE, reason)
    rule = policy.approval_rule(target, request.kind)
    if rule is None:
        return Plan(live, request.commit, Next.PROCEED, confirm=bool(target.freeze))
    document = plan_document(
        deployment,
        release,
        rule,
        live,
        pushers=releases.pushers(request.service, request.commit),
        in_round=request.round,
        configuration=configuration,
        environments=environments,
        registry=registry,
        bundles=bundles,
        clusters=clusters,
        commits=commits,
        gate_reports=gate_reports,
    )
    if isinstance(document, Refused):
        return Plan(live, request.commit, Next.REFUSE, document.reason)
    plans.save(question_of(request.deployment, request.round), document)
    timeline.add(subject, "compared", document.summary, now)
    return Plan(live, request.commit, Next.ASK, approval_seconds=rule.expires_seconds + LAST_VOTES_SECONDS, confirm=True)


def _repair(request: PlanRequest, deployments: Deployments, timeline: Timeline, now: datetime) -> Plan:
    """What there is to take back shows only under the lease: ConfirmPlan looks."""
    deployments.open(_opened(request), now)
    timeline.add(f"DEPLOYMENT#{request.deployment}", "planned", request.cause, now)
    return Plan(request.commit, request.commit, Next.PROCEED, confirm=True)


def _opened(request: PlanRequest) -> Deployment:
    return Deployment(
        request.deployment, request.run, request.service, request.environment, request.commit, request.execution,
        request.kind, request.version, request.pusher, request.cause, request.asked_at,
    )  # fmt: skip


def _origin(live: str) -> str:
    return f"from {live[:12]}" if live else "as the first release"
