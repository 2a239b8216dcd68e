"""What a rollout looks like from its pods, and when it is done or hopeless."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.domain.verdict import Result, Verdict

HOPELESS_REASONS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)
"""Waiting reasons that don't heal by waiting: the image or the configuration is wrong.
https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff"""
HOPELESS_TERMINATIONS = 2
"""A container may stumble once while it starts; the second termination in one rollout is a crash loop."""


@dataclass(frozen=True)
class Container:
    """One container of a pod. `terminations` counts how often it ended since the pod was made."""

    name: str
    terminations: int = 0
    waiting_reason: str = ""
    waiting_message: str = ""
    exit_code: int | None = None
    termination_reason: str = ""


@dataclass(frozen=True)
class Pod:
    name: str
    containers: tuple[Container, ...]
    ready: bool = False


@dataclass(frozen=True)
class Workload:
    """A Deployment and the pods of its newest ReplicaSet. Counts are pods.

    `replica_failure` is the message of its ReplicaFailure condition: quota or admission refused the pods.
    """

    name: str
    desired: int
    updated: int
    available: int
    total: int
    observed: bool
    pods: tuple[Pod, ...]
    replica_failure: str = ""

    @property
    def complete(self) -> bool:
        """As `kubectl rollout status` decides it: the controller saw the spec, every pod is new, every one is available."""
        return self.observed and self.updated == self.desired == self.total and self.available >= self.desired


def judge(workloads: Sequence[Workload]) -> Verdict | None:
    """Pass when every workload is complete, fail at the first hopeless sign, None while it's worth waiting."""
    for workload in workloads:
        if workload.replica_failure:
            return Verdict(Result.FAIL, f"{workload.name}: {workload.replica_failure}")
        for pod in workload.pods:
            for container in pod.containers:
                if sign := hopeless_sign(container):
                    evidence: dict[str, object] = {
                        "pod": pod.name,
                        "container": container.name,
                        "reason": container.waiting_reason or container.termination_reason,
                    }
                    if container.exit_code is not None:
                        evidence |= {"exit_code": container.exit_code, "terminations": container.terminations}
                    return Verdict(Result.FAIL, f"{pod.name}, container {container.name}: {sign}", evidence)
    if all(workload.complete for workload in workloads):
        return Verdict(
            Result.PASS, f"{sum(workload.desired for workload in workloads)} of {sum(workload.desired for workload in workloads)} pods are available"
        )
    return None


def hopeless_sign(container: Container) -> str:
    """Why waiting for this container is pointless; empty while there's hope."""
    if container.waiting_reason in HOPELESS_REASONS:
        return f"{container.waiting_reason}: {container.waiting_message}".rstrip(": ")
    if container.terminations >= HOPELESS_TERMINATIONS:
        return f"terminated {container.terminations} times, last with exit code {container.exit_code} ({container.termination_reason})"
    return ""


def progress(workloads: Sequence[Workload]) -> str:
    """Where a rollout stands, in one line."""
    return "; ".join(f"{workload.name}: {workload.updated} of {workload.desired} new pods, {workload.available} available" for workload in workloads)
