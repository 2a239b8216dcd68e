"""Apply: records the restore point and lets Helm change the environment. It doesn't wait for pods: WatchRollout does."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from slipway.domain.deployment import Deployment, RestorePoint
from slipway.domain.environment import EnvironmentState
from slipway.domain.release import Release, ReleaseState
from slipway.domain.verdict import Result
from slipway.errors import InvalidInput, Unexpected
from slipway.ports import Bundles, Charts, Clusters, Configurations, Deployments, Environments, HelmFailed, HelmRelease, Leases, Registry, Releases, Timeline
from slipway.steps import fence


@dataclass(frozen=True)
class ApplyRequest:
    deployment: str
    epoch: int


@dataclass(frozen=True)
class Applied:
    """`result` is fail when Helm or the API server said no. `until` is when the rollout has to be complete."""

    result: Result
    reason: str
    until: datetime


def apply(
    request: ApplyRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    deployments: Deployments,
    environments: Environments,
    leases: Leases,
    registry: Registry,
    bundles: Bundles,
    clusters: Clusters,
    timeline: Timeline,
    now: datetime,
) -> Applied:
    """Safe to run again: the restore point is the first one recorded, and what a killed Helm left behind is recovered."""
    deployment = deployments.get(request.deployment)
    fence.check(leases, deployment, request.epoch)
    subject = f"DEPLOYMENT#{deployment.identity}"
    release = releases.get(deployment.service, deployment.commit)
    if release is None or release.state is not ReleaseState.READY:
        raise InvalidInput(f"{deployment.service} has no release at {deployment.commit} that is ready.")
    environment = configurations.read().environments[deployment.environment]
    charts = clusters.charts(environment)
    point = restore_point(charts.history(deployment.service), environments.state(deployment.service, deployment.environment))
    point = deployments.remember_restore_point(deployment.identity, point)
    recovered = recover(charts, deployment.service, point)
    if recovered:
        timeline.add(subject, "recovered", recovered, now)
    with tempfile.TemporaryDirectory() as folder:
        bundles.unpack(release.bundle_digest, Path(folder))
        started = time.monotonic()
        applied = charts.upgrade(deployment.service, Path(folder), chart_values(release, deployment, registry), environment.values, deployment.commit)
        helm_seconds = round(time.monotonic() - started, 3)
    until = now + timedelta(seconds=environment.rollout_timeout_seconds)
    if isinstance(applied, HelmFailed):
        timeline.add(subject, "apply-failed", "Helm refused the change", now, output=applied.message, seconds=helm_seconds)
        return Applied(Result.FAIL, f"Helm: {applied.message[:1000]}", until)
    deployments.remember_revision(deployment.identity, applied.revision)
    timeline.add(subject, "applied", f"Helm revision {applied.revision} is applied", now, revision=applied.revision, seconds=helm_seconds)
    return Applied(Result.PASS, f"revision {applied.revision}", until)


def restore_point(history: Sequence[HelmRelease], state: EnvironmentState) -> RestorePoint:
    """The newest revision that holds the last good release; empty when the environment ran nothing good.

    Always by number: `helm rollback` without one takes the newest but one, which may be the bad one.
    """
    good = [revision for revision in history if state.last_good and revision.commit == state.last_good and not revision.pending]
    deployed = [revision for revision in good if revision.status in ("deployed", "superseded")]
    return RestorePoint(deployed[-1].revision, deployed[-1].commit) if deployed else RestorePoint()


def recover(charts: Charts, name: str, point: RestorePoint) -> str:
    """Clear what a Helm that was killed in the middle left behind; what was done, empty when there was nothing to do.

    A `pending-*` release refuses every further upgrade (helm/helm 13570): only the owner of the lease may clear it.
    """
    history = charts.history(name)
    if not history or not history[-1].pending:
        return ""
    left = history[-1]
    if point.is_empty:
        charts.uninstall(name)
        return f"Removed revision {left.revision}, which an interrupted Helm had left {left.status}"
    restored = charts.rollback(name, point.revision)
    if isinstance(restored, HelmFailed):
        raise Unexpected(f"Revision {left.revision} was left {left.status} and going back to {point.revision} failed: {restored.message}")
    return f"Went back to revision {point.revision}: an interrupted Helm had left revision {left.revision} {left.status}"


def chart_values(release: Release, deployment: Deployment, registry: Registry) -> Mapping[str, object]:
    """What Slipway tells the chart, above the values of the bundle."""
    return {
        "image": {"repository": registry.reference(release.service), "digest": release.image_digest},
        "release": {"version": release.version, "commit": release.commit, "digest": release.image_digest},
        "environment": deployment.environment,
    }
