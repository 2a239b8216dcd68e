"""SmokeTest: asks every new pod, through the API server, what users would ask."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain import smoke
from slipway.domain.environment import Environment, Service
from slipway.domain.release import Release
from slipway.domain.verdict import Result, Verdict
from slipway.errors import InvalidInput
from slipway.ports import Clusters, Configurations, Deployments, Leases, Releases, Timeline
from slipway.steps.configured import environment_of, service_of
from slipway.steps.fence import Fence


@dataclass(frozen=True)
class SmokeTestRequest:
    deployment: str
    epoch: int


@dataclass(frozen=True)
class SmokeTested:
    result: Result
    reason: str


def smoke_test(
    request: SmokeTestRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    deployments: Deployments,
    leases: Leases,
    clusters: Clusters,
    timeline: Timeline,
    now: datetime,
) -> SmokeTested:
    deployment = deployments.get(request.deployment)
    fence = Fence(leases, deployment, request.epoch)
    fence.check()
    configuration = configurations.read()
    release = releases.get(deployment.service, deployment.commit)
    if release is None:
        raise InvalidInput(f"{deployment.service} has no release at {deployment.commit}.")
    verdict = check_pods(clusters, environment_of(configuration, deployment), service_of(configuration, deployment), release, fence)
    timeline.add(f"DEPLOYMENT#{deployment.identity}", "smoke-passed" if verdict.passed else "smoke-failed", verdict.reason, now, **verdict.evidence)
    return SmokeTested(verdict.result, verdict.reason)


def check_pods(clusters: Clusters, environment: Environment, service: Service, release: Release, fence: Fence) -> Verdict:
    """Every check against every ready pod; the first fault is the verdict. No pod to ask is a fail: nothing serves. LeaseLost when asked to stop."""
    cluster = clusters.cluster(environment)
    pods = cluster.ready_pods(clusters.charts(environment).workloads(service.name))
    if not pods:
        return Verdict(Result.FAIL, "No pod is ready to be asked")
    for pod in pods:
        fence.check()
        for check in service.smoke:
            if found := smoke.fault(check, cluster.get(pod, check.path), release):
                return Verdict(Result.FAIL, f"{pod}: {found}", {"pod": pod, "path": check.path})
    return Verdict(Result.PASS, f"{len(service.smoke)} checks against {len(pods)} pods passed")
