"""VerifyRestored: the restored release must roll out and pass its smoke test like any other; nothing is taken for granted."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from slipway.domain.verdict import Result, Verdict
from slipway.ports import Clusters, Configurations, Deployments, Leases, Releases, Timeline
from slipway.steps.configured import environment_of
from slipway.steps.fence import Fence
from slipway.steps.smoke_test import check_pods
from slipway.steps.watch_rollout import follow, record


@dataclass(frozen=True)
class VerifyRestoredRequest:
    deployment: str
    epoch: int
    until: datetime


@dataclass(frozen=True)
class VerifiedRestored:
    result: Result
    reason: str


def verify_restored(
    request: VerifyRestoredRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    deployments: Deployments,
    leases: Leases,
    clusters: Clusters,
    timeline: Timeline,
    call_ends: datetime,
    clock: Callable[[], datetime],
) -> VerifiedRestored:
    deployment = deployments.get(request.deployment)
    fence = Fence(leases, deployment, request.epoch)
    fence.check()
    configuration = configurations.read()
    environment = environment_of(configuration, deployment)
    point = deployments.restore_point(deployment.identity)
    if point is None:
        return VerifiedRestored(Result.PASS, "nothing was changed")
    charts = clusters.charts(environment)
    if point.is_empty:
        left = charts.history(deployment.service)
        return VerifiedRestored(Result.FAIL, "Helm still knows the release") if left else VerifiedRestored(Result.PASS, "the environment is as empty as before")
    cluster = clusters.cluster(environment)
    started = time.monotonic()
    verdict = follow(cluster, charts.workloads(deployment.service), request.until, call_ends, clock, fence)
    if verdict.result is Result.INCONCLUSIVE:
        return VerifiedRestored(verdict.result, verdict.reason)
    if verdict.passed:
        release = releases.get(deployment.service, point.commit)
        if release is None:
            verdict = Verdict(Result.FAIL, f"The restored release {point.commit} isn't known")
        elif deployment.service in configuration.services:  # when it was removed from slipway.yaml, nobody knows what to ask it
            verdict = check_pods(clusters, environment, configuration.services[deployment.service], release, fence)
    record(timeline, deployment, verdict, cluster, clock(), seconds=round(time.monotonic() - started, 3))
    return VerifiedRestored(verdict.result, verdict.reason)
