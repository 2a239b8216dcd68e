"""Apply: records the restore point and lets Helm change the environment. It doesn't wait for pods: WatchRollout does."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.domain.release import ReleaseState
from slipway.domain.verdict import Result
from slipway.errors import InvalidInput
from slipway.ports import Bundles, Clusters, Configurations, Deployments, Environments, HelmFailed, Leases, Registry, Releases, Signatures, Timeline
from slipway.steps.changing import check_admitted, clear_failed, put_in, recover, restore_point
from slipway.steps.configured import environment_of, service_of
from slipway.steps.fence import Fence


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
    signatures: Signatures,
    clusters: Clusters,
    timeline: Timeline,
    now: datetime,
    killed_at: datetime,
) -> Applied:
    """Safe to run again: the restore point is the first one recorded, and what a killed Helm left behind is recovered.

    `killed_at` is when Lambda ends this call, if it hasn't ended by itself.
    """
    deployment = deployments.get(request.deployment)
    fence = Fence(leases, deployment, request.epoch)
    fence.check()
    subject = f"DEPLOYMENT#{deployment.identity}"
    release = releases.get(deployment.service, deployment.commit)
    if release is None or release.state is not ReleaseState.READY:
        raise InvalidInput(f"{deployment.service} has no release at {deployment.commit} that is ready.")
    check_admitted(release, signatures)
    configuration = configurations.read()
    service_of(configuration, deployment)
    environment = environment_of(configuration, deployment)
    charts = clusters.charts(environment, fence.check)
    state = environments.state(deployment.service, deployment.environment)
    good = environments.healthy_release(deployment.service, deployment.environment, state.last_good)
    point = restore_point(charts.history(deployment.service), state, good)
    point = deployments.remember_restore_point(deployment.identity, point)
    with fence.in_flight(killed_at):
        left = charts.history(deployment.service)
        if recovered := recover(charts, deployment.service, point, left) or clear_failed(charts, deployment.service, point, left):
            timeline.add(subject, "recovered", recovered, now)
        started = time.monotonic()
        applied = put_in(charts, release, environment, bundles, registry)
        helm_seconds = round(time.monotonic() - started, 3)
    until = now + timedelta(seconds=environment.rollout_timeout_seconds)
    if isinstance(applied, HelmFailed):
        timeline.add(subject, "apply-failed", "Helm refused the change", now, output=applied.message, seconds=helm_seconds)
        return Applied(Result.FAIL, f"Helm: {applied.message[:1000]}", until)
    deployments.remember_revision(deployment.identity, applied.revision)
    timeline.add(subject, "applied", f"Helm revision {applied.revision} is applied", now, revision=applied.revision, seconds=helm_seconds)
    return Applied(Result.PASS, f"revision {applied.revision}", until)
