"""RestorePrevious: puts the last good release back after a change went bad, or removes a first installation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.domain.failure import readable
from slipway.domain.verdict import Result
from slipway.ports import Clusters, Configurations, Deployments, HelmFailed, Leases, Timeline
from slipway.steps import fence
from slipway.steps.apply import recover


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
    deployments: Deployments,
    leases: Leases,
    clusters: Clusters,
    timeline: Timeline,
    now: datetime,
) -> Restored:
    """Pass when there's something to verify now, fail when Helm refused to go back. Safe to run again."""
    deployment = deployments.get(request.deployment)
    fence.check(leases, deployment, request.epoch)
    environment = configurations.read().environments[deployment.environment]
    until = now + timedelta(seconds=environment.rollout_timeout_seconds)
    point = deployments.restore_point(deployment.identity)
    if point is None:
        return Restored(Result.PASS, "nothing was changed yet", until)
    subject = f"DEPLOYMENT#{deployment.identity}"
    timeline.add(subject, "restoring", f"Taking the change back: {readable(request.reason)}", now)
    charts = clusters.charts(environment)
    if point.is_empty:
        charts.uninstall(deployment.service)
        timeline.add(subject, "removed", "There was no good release before: the installation is removed", now)
        return Restored(Result.PASS, "removed", until)
    if recovered := recover(charts, deployment.service, point):
        deployments.remember_revision(deployment.identity, charts.history(deployment.service)[-1].revision)
        timeline.add(subject, "recovered", recovered, now)
        return Restored(Result.PASS, recovered, until)
    restored = charts.rollback(deployment.service, point.revision)
    if isinstance(restored, HelmFailed):
        timeline.add(subject, "restore-failed", "Helm refused to go back", now, output=restored.message)
        return Restored(Result.FAIL, f"Helm refused to go back to revision {point.revision}: {restored.message[:1000]}", until)
    deployments.remember_revision(deployment.identity, restored.revision)
    timeline.add(
        subject, "restored", f"Revision {point.revision} ({point.commit[:12]}) is back as revision {restored.revision}", now, revision=restored.revision
    )
    return Restored(Result.PASS, f"revision {point.revision} is back", until)
