"""RestorePrevious: puts the last good release back after a change went bad, or removes a first installation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.domain.deployment import RestorePoint
from slipway.domain.environment import Environment
from slipway.domain.failure import readable
from slipway.domain.verdict import Result
from slipway.ports import Bundles, Charts, Clusters, Configurations, Deployments, HelmFailed, HelmRelease, Leases, Registry, Releases, Signatures, Timeline
from slipway.steps.changing import check_admitted, put_in, recover
from slipway.steps.configured import environment_of
from slipway.steps.fence import Fence


@dataclass(frozen=True)
class RestorePreviousRequest:
    """`reason` is why the change is taken back."""

    deployment: str
    epoch: int
    reason: str


@dataclass(frozen=True)
class Restored:
    result: Result
    reason: str
    until: datetime


def restore_previous(
    request: RestorePreviousRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    deployments: Deployments,
    leases: Leases,
    registry: Registry,
    bundles: Bundles,
    signatures: Signatures,
    clusters: Clusters,
    timeline: Timeline,
    now: datetime,
    killed_at: datetime,
) -> Restored:
    """Pass when there's something to verify now, fail when Helm refused to go back. Safe to run again. `killed_at` is when Lambda ends this call."""
    deployment = deployments.get(request.deployment)
    fence = Fence(leases, deployment, request.epoch)
    fence.check()
    environment = environment_of(configurations.read(), deployment)
    until = now + timedelta(seconds=environment.rollout_timeout_seconds)
    point = deployments.restore_point(deployment.identity)
    if point is None:
        return Restored(Result.PASS, "nothing was changed yet", until)
    subject = f"DEPLOYMENT#{deployment.identity}"
    timeline.add(subject, "restoring", f"Taking the change back: {readable(request.reason)}", now)
    charts = clusters.charts(environment, fence.check)
    with fence.in_flight(killed_at):
        if point.is_empty:
            charts.uninstall(deployment.service)
            timeline.add(subject, "removed", "There was no good release before: the installation is removed", now)
            return Restored(Result.PASS, "removed", until)
        recovered = recover(charts, deployment.service, point, charts.history(deployment.service))
        if recovered:
            timeline.add(subject, "recovered", recovered, now)
        restored = _put_back(charts, deployment.service, point, environment, bool(recovered), releases, bundles, registry, signatures)
    if isinstance(restored, HelmFailed):
        timeline.add(subject, "restore-failed", "Helm refused to go back", now, output=restored.message)
        return Restored(Result.FAIL, f"Helm refused to go back to {_named(point)}: {restored.message[:1000]}", until)
    deployments.remember_revision(deployment.identity, restored.revision)
    said = f"{_named(point)[0].upper()}{_named(point)[1:]} ({point.commit[:12]}) is back as revision {restored.revision}"
    timeline.add(subject, "restored", said, now, revision=restored.revision)
    return Restored(Result.PASS, f"{_named(point)} is back", until)


def _put_back(
    charts: Charts,
    service: str,
    point: RestorePoint,
    environment: Environment,
    recovered: bool,
    releases: Releases,
    bundles: Bundles,
    registry: Registry,
    signatures: Signatures,
) -> HelmRelease | HelmFailed:
    """By Helm's own history as long as it remembers the revision, from the release's bundle otherwise."""
    if point.revision:
        return charts.history(service)[-1] if recovered else charts.rollback(service, point.revision)
    release = releases.get(service, point.commit)
    if release is None:
        return HelmFailed(f"nobody knows the release {point.commit} any more")
    check_admitted(release, signatures)
    return put_in(charts, release, environment, bundles, registry)


def _named(point: RestorePoint) -> str:
    return f"revision {point.revision}" if point.revision else "the last good release, from its bundle"
