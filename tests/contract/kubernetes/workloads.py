"""Workloads for the tests of this folder, and pods that no node runs: the test says what becomes of them, in the place of a kubelet."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.kubernetes.cluster import Namespace, Object, until

APPS, BATCH, DISCOVERY = "apps/v1", "batch/v1", "discovery.k8s.io/v1"
BY_HAND: Object = {"schedulerName": "by-hand", "terminationGracePeriodSeconds": 0, "containers": [{"name": "app", "image": "example.invalid/none:1"}]}
"""A pod's spec that no scheduler looks at."""
JOB_PODS = "batch.kubernetes.io/job-name"
ADDRESS = "10.254.0.1"


def python(image: str, code: str, **container: Any) -> Object:
    """A container of the embedded node that runs `code`."""
    return {"name": "app", "image": image, "command": ["python", "-u", "-c", textwrap.dedent(code)], **container}


def server(image: str, code: str, port: int = 8000, **container: Any) -> Object:
    """One whose `code` listens on the pod's address, which is in HOST."""
    address = {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
    return python(image, code, env=[address], ports=[{"containerPort": port}], **container)


def pod(name: str, *containers: Object, labels: Mapping[str, str] | None = None, **spec: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": dict(labels or {"app": name})}, "spec": {"containers": containers, **spec}}


def deployment(name: str = "web", replicas: int = 1, pods: Mapping[str, Any] = BY_HAND, **spec: Any) -> Object:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": dict(pods)}
    return {
        "apiVersion": APPS,
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **spec},
    }


def job(name: str = "work", pods: Mapping[str, Any] = BY_HAND, policy: str = "Never", **spec: Any) -> Object:
    template = {"spec": {"restartPolicy": policy, **pods}}
    return {"apiVersion": BATCH, "kind": "Job", "metadata": {"name": name}, "spec": {"template": template, **spec}}


def service(name: str = "web", **spec: Any) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": ports, **spec}}


def condition(item: Object, kind: str) -> Object | None:
    return next((each for each in item.get("status", {}).get("conditions", ()) if each["type"] == kind), None)


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def name_of(item: Object) -> str:
    return str(item["metadata"]["name"])


@dataclass(frozen=True)
class Workloads:
    """Of one namespace."""

    namespace: Namespace

    def make(self, item: Object) -> Object:
        return self.namespace.cluster.create(self.path(item), item)

    def path(self, item: Object, name: str = "") -> str:
        return self.namespace.path(f"{item['kind'].lower()}s", name, item["apiVersion"])

    def get(self, item: Object) -> Object:
        """Its newest state."""
        return self.namespace.cluster.get(self.path(item, name_of(item)))

    def patch(self, item: Object, change: Any, kind: str = "strategic-merge-patch") -> Object:
        return self.namespace.cluster.patch(self.path(item, name_of(item)), change, kind)

    def delete(self, item: Object, **options: Any) -> Object:
        return self.namespace.cluster.delete(self.path(item, name_of(item)), **options)

    def exists(self, item: Object) -> bool:
        return self.namespace.cluster.exists(self.path(item, name_of(item)))

    def pods(self, labels: str = "") -> list[Object]:
        """Oldest first; without those that are being deleted."""
        listed = self.namespace.cluster.get(self.namespace.path("pods"), labelSelector=labels)["items"]
        alive = [each for each in listed if "deletionTimestamp" not in each["metadata"]]
        return sorted(alive, key=lambda each: (each["metadata"]["creationTimestamp"], int(each["metadata"]["resourceVersion"])))

    def pods_when(self, number: int, labels: str = "") -> list[Object]:
        """As soon as there are so many."""

        def look() -> tuple[list[Object]] | None:
            found = self.pods(labels)
            return (found,) if len(found) == number else None

        (found,) = until(look, f"{number} pods with {labels or 'any labels'}")
        return found

    def conditioned(self, item: Object, kind: str, status: str = "True", reason: str = "") -> Object:
        """The condition, as soon as it is so."""

        def look() -> Object | None:
            found = condition(self.get(item), kind)
            return found if found and found["status"] == status and reason in ("", found.get("reason")) else None

        return until(look, f"{kind}={status} {reason}")

    def events(self, item: Object, reason: str) -> list[Object]:
        selector = f"involvedObject.uid={item['metadata']['uid']},reason={reason}"
        found: list[Object] = self.namespace.cluster.get(self.namespace.path("events"), fieldSelector=selector)["items"]
        return found

    def report(self, item: Object, **status: Any) -> Object:
        """Write the status of a pod that no node runs."""
        body = {"metadata": {"uid": item["metadata"]["uid"]}, "status": status}
        return self.namespace.cluster.patch(f"{self.path(item_of_kind(item, 'Pod'), name_of(item))}/status", body, "strategic-merge-patch")

    def run(self, item: Object, *, ready: bool = True, address: str = ADDRESS) -> Object:
        """The pod runs."""
        state = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": ago(0)}
        return self.report(item, phase="Running", podIP=address, podIPs=[{"ip": address}], conditions=[state], startTime=ago(0))

    def end(self, item: Object, code: int = 0, seconds_ago: float = 0) -> Object:
        """The pod's only container has ended, for good."""
        ended = {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": ago(seconds_ago + 1), "finishedAt": ago(seconds_ago)}
        container = {"name": "app", "image": "none", "imageID": "", "ready": False, "restartCount": 0, "state": {"terminated": ended}}
        return self.report(item, phase="Failed" if code else "Succeeded", containerStatuses=[container])


def item_of_kind(item: Object, kind: str) -> Object:
    """Items of a list don't say what they are."""
    return {"apiVersion": "v1", "kind": kind, **item}
