"""WatchRollout: follows the pods of a change until it is complete or hopeless. Held inside one Lambda call, resumed by the ASL."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slipway.domain import rollout
from slipway.domain.deployment import Deployment
from slipway.domain.verdict import Result, Verdict
from slipway.ports import Cluster, Clusters, Configurations, Deployments, Leases, Timeline
from slipway.steps.configured import environment_of
from slipway.steps.fence import Fence

LOOK_AGAIN = timedelta(seconds=2)
"""Between two looks at the lease."""


@dataclass(frozen=True)
class WatchRolloutRequest:
    """`until` is when the rollout has to be complete."""

    deployment: str
    epoch: int
    until: datetime


@dataclass(frozen=True)
class Watched:
    """`inconclusive` means: this call's time is over but the rollout's isn't, so ask again."""

    result: Result
    reason: str


def watch_rollout(
    request: WatchRolloutRequest,
    *,
    configurations: Configurations,
    deployments: Deployments,
    leases: Leases,
    clusters: Clusters,
    timeline: Timeline,
    call_ends: datetime,
    clock: Callable[[], datetime],
) -> Watched:
    """`call_ends` is when this Lambda call has to answer; the watch ends then at the latest."""
    deployment = deployments.get(request.deployment)
    fence = Fence(leases, deployment, request.epoch)
    fence.check()
    environment = environment_of(configurations.read(), deployment)
    workloads = clusters.charts(environment).workloads(deployment.service)
    cluster = clusters.cluster(environment)
    started = time.monotonic()
    verdict = follow(cluster, workloads, request.until, call_ends, clock, fence)
    if verdict.result is not Result.INCONCLUSIVE:
        record(timeline, deployment, verdict, cluster, clock(), seconds=round(time.monotonic() - started, 3))
    return Watched(verdict.result, verdict.reason)


def follow(cluster: Cluster, workloads: Sequence[str], until: datetime, call_ends: datetime, clock: Callable[[], datetime], fence: Fence) -> Verdict:
    """The first definite verdict; fail at `until`, inconclusive at `call_ends`. LeaseLost soon after somebody asked the deployment to stop."""
    progress, looked = "no pod was seen yet", clock()
    for observed in cluster.watch(workloads, min(until, call_ends)):
        if clock() - looked >= LOOK_AGAIN:
            fence.check()
            looked = clock()
        verdict = rollout.judge(observed)
        if verdict is not None:
            return verdict
        progress = rollout.progress(observed)
    if clock() >= until:
        return Verdict(Result.FAIL, f"The rollout didn't complete in time: {progress}")
    return Verdict(Result.INCONCLUSIVE, progress)


def record(timeline: Timeline, deployment: Deployment, verdict: Verdict, cluster: Cluster, now: datetime, seconds: float) -> Verdict:
    """Put the verdict on the timeline; a failed container's last log lines with it."""
    if "container" in verdict.evidence:
        lines = cluster.last_lines(verdict.evidence["pod"], verdict.evidence["container"])
        verdict = replace(verdict, evidence={**verdict.evidence, "log": lines})
    kind = "rollout-complete" if verdict.passed else "rollout-failed"
    timeline.add(f"DEPLOYMENT#{deployment.identity}", kind, verdict.reason, now, seconds=seconds, **verdict.evidence)
    return verdict
