"""SmokeTest: asks every new pod, through the API server, what users would ask."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain import smoke
from slipway.domain.environment import Environment, Service
from slipway.domain.release import Release
from slipway.domain.verdict import Result, Verdict
from slipway.errors import InvalidInput
from slipway.ports import Clusters, Configurations, Deployments, Releases, Timeline


@dataclass(frozen=True)
class SmokeTestRequest:
    deployment: str


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
    clusters: Clusters,
    timeline: Timeline,
    now: datetime,
) -> SmokeTested:
    deployment = deployments.get(request.deployment)
    configuration = configurations.read()
    release = releases.get(deployment.service, deployment.commit)
    if release is None:
        raise InvalidInput(f"{deployment.service} has no release at {deployment.commit}.")
    verdict = check_pods(clusters, configuration.environments[deployment.environment], configuration.services[deployment.service], release)
    timeline.add(f"DEPLOYMENT#{deployment.identity}", "smoke-passed" if verdict.passed else "smoke-failed", verdict.reason, now, **verdict.evidence)
    return SmokeTested(verdict.result, verdict.reason)


def check_pods(clusters: Clusters, environment: Environment, service: Service, release: Release) -> Verdict:
    """Every check against every ready pod; the first fault is the verdict. No pod to ask is a fail: nothing serves."""
    cluster = clusters.cluster(environment)
    pods = cluster.ready_pods(clusters.charts(environment).workloads(service.name))
    if not pods:
        return Verdict(Result.FAIL, "No pod is ready to be asked")
    for pod in pods:
        for check in service.smoke:
            if found := smoke.fault(check, cluster.get(pod, check.path), release):
                return Verdict(Result.FAIL, f"{pod}: {found}", {"pod": pod, "path": check.path})
    return Verdict(Result.PASS, f"{len(service.smoke)} checks against {len(pods)} pods passed")
