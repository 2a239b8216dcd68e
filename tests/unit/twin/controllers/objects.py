"""Kubernetes objects as a server would have stored them, for the controllers' tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.deployment.revisions import DESIRED, HASH_LABEL, MOST, REVISION, Generations
from twin.cluster.controllers.ownership import reference_to

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    """A moment before (negative) or after NOW."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def template(image: str) -> Object:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": image, "ports": [{"name": "http", "containerPort": 8000}]}]},
    }


def deployment(image: str = "web:1", replicas: int = 3, *, surge: int | str = 1, unavailable: int | str = 0, revision: int = 0, **spec: Any) -> Object:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "dev", "uid": "deployment", "generation": 2, "annotations": {REVISION: str(revision)} if revision else {}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": rolling,
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            "template": template(image),
            **spec,
        },
    }


def replica_set(image: str, replicas: int, available: int | None = None, *, revision: int = 1, desired: int = 3, most: int = 4, age: int = 0) -> Object:
    """Of `deployment`; all its replicas are available unless said otherwise. A higher `age` (seconds) is older."""
    available = replicas if available is None else available
    pods = template(image)
    pods["metadata"]["labels"][HASH_LABEL] = image.replace(":", "-")
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": image.replace(":", "-"),
            "namespace": "dev",
            "uid": image,
            "generation": 1,
            "creationTimestamp": at(-age),
            "annotations": {REVISION: str(revision), DESIRED: str(desired), MOST: str(most)},
            "ownerReferences": [reference_to(deployment())],
        },
        "spec": {"replicas": replicas, "template": pods},
        "status": {"replicas": replicas, "readyReplicas": available, "availableReplicas": available, "observedGeneration": 1},
    }


def pod(
    name: str, *, ready_for: float | None = 60, leaving: bool = False, age: float = 100, phase: str = "Running", node: str = "node-1", **status: Any
) -> Object:
    """`ready_for` seconds, None for one that isn't ready."""
    about: Object = {"name": name, "namespace": "dev", "uid": name, "labels": {"app": "web"}, "creationTimestamp": at(-age)}
    if leaving:
        about["deletionTimestamp"] = at(0)
    ready = {"type": "Ready", "status": "False" if ready_for is None else "True", "lastTransitionTime": at(-(ready_for or 0))}
    spec = {**template("web:1")["spec"], **({"nodeName": node} if node else {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": about,
        "spec": spec,
        "status": {"phase": phase, "podIP": f"127.1.0.{len(name)}", "conditions": [ready], **status},
    }


def generations(current: Object | None, *old: Object) -> Generations:
    return Generations(current, old)
