"""Plan: the first state of `deploy`. Opens the deployment, says what it would change, and whether it may go on, has to ask or is refused."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from slipway.domain import history, manifests, policy
from slipway.domain.approval import electorate
from slipway.domain.deployment import Deployment, DeployRequest, Kind
from slipway.domain.environment import Configuration
from slipway.domain.plan import PlanDocument
from slipway.domain.release import Release, ReleaseState
from slipway.errors import InvalidInput
from slipway.ports import Bundles, Clusters, Configurations, Deployments, Environments, HelmFailed, Plans, Registry, Releases, Timeline
from slipway.steps.apply import chart_values


@dataclass(frozen=True)
class PlanRequest(DeployRequest):
    """`execution` is the ARN of the execution."""

    execution: str


class Next(StrEnum):
    PROCEED = "proceed"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Plan:
    """From which release (commit, empty for the first deployment) to which. `reason` explains a refusal; people have `approval_seconds` to decide."""

    live: str
    commit: str
    next: Next
    reason: str = ""
    approval_seconds: int = 0


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
    plans: Plans,
    timeline: Timeline,
    now: datetime,
) -> Plan:
    """InvalidInput when service, environment or release aren't there to be deployed, or a rollback goes where the release was never healthy."""
    configuration = configurations.read()
    if fault := configuration.fault(request.service, request.environment):
        raise InvalidInput(fault)
    release = releases.get(request.service, request.commit)
    if release is None or release.state is not ReleaseState.READY:
        raise InvalidInput(f"{request.service} has no release at {request.commit} that is ready.")
    target = configuration.services[request.service].targets[request.environment]
    healthy = environments.healthy(request.service, request.environment)
    if request.kind is Kind.ROLLBACK and history.find(healthy, request.commit) is None:
        raise InvalidInput(f"{request.commit[:12]} was never healthy in {request.environment}; start `rollback`, which lists what was.")
    deployment = Deployment(
        request.deployment, request.run, request.service, request.environment, request.commit, request.execution,
        request.kind, request.version, request.pusher, request.cause,
    )  # fmt: skip
    deployments.open(deployment, now)
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
    before = environments.healthy(request.service, target.ran_in) if target.ran_in else []
    if reason := policy.unmet(request.environment, target, request.commit, release, before):
        return Plan(live, request.commit, Next.REFUSE, reason)
    if target.approval is None:
        return Plan(live, request.commit, Next.PROCEED)
    if not request.pusher and not target.approval.self_approval:
        reason = f"{request.environment} wants somebody else than the pusher to decide, and nobody knows who pushed this."
        return Plan(live, request.commit, Next.REFUSE, reason)
    people = electorate(target.approval, request.pusher, configuration.people)
    if len(people) < target.approval.required:
        asked = ", ".join(person.name for person in people) or "nobody"
        reason = (
            f"{request.environment} needs {target.approval.required} approvals, and of its approvers only {asked} may decide about a push by {request.pusher}."
        )
        return Plan(live, request.commit, Next.REFUSE, reason)
    difference = compare(deployment, release, configuration, registry, bundles, clusters)
    if isinstance(difference, HelmFailed):
        return Plan(live, request.commit, Next.REFUSE, f"The release can't be applied to {request.environment}: {difference.message[:1000]}")
    known = history.find(healthy, live)
    document = PlanDocument(
        from_version=known.version if known is not None else live[:12],
        from_commit=live,
        to_version=request.version,
        to_commit=request.commit,
        digest=release.image_digest,
        summary=difference.summary,
        difference=difference.text,
    )
    plans.save(request.deployment, document)
    timeline.add(subject, "compared", difference.summary, now)
    return Plan(live, request.commit, Next.ASK, approval_seconds=target.approval.expires_seconds)


def compare(
    deployment: Deployment, release: Release, configuration: Configuration, registry: Registry, bundles: Bundles, clusters: Clusters
) -> manifests.Difference | HelmFailed:
    """What the release would change in the environment, with secrets masked. Nothing is changed by asking."""
    environment = configuration.environments[deployment.environment]
    charts = clusters.charts(environment)
    with tempfile.TemporaryDirectory() as folder:
        bundles.unpack(release.bundle_digest, Path(folder))
        rendered = charts.render(deployment.service, Path(folder), chart_values(release, deployment, registry), environment.values)
    if isinstance(rendered, HelmFailed):
        return rendered
    try:
        return manifests.difference(charts.manifest(deployment.service), rendered)
    except ValueError as error:
        return HelmFailed(f"what would change can't be shown: {error}")


def _origin(live: str) -> str:
    return f"from {live[:12]}" if live else "as the first release"
