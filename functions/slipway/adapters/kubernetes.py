"""One namespace of a cluster through the Kubernetes client: following rollouts, asking pods, reading logs."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import kubernetes.client
import urllib3
from kubernetes.client.exceptions import ApiException

from slipway.adapters import kubernetes_departure, kubernetes_ownership, kubernetes_secrets, kubernetes_takeover
from slipway.adapters.kubernetes_watch import Follower
from slipway.domain.rollout import Container, Pod, Workload
from slipway.domain.smoke import Answer
from slipway.errors import TemporarilyUnavailable
from slipway.ports import ObjectName

REVISION = "deployment.kubernetes.io/revision"
LOG_BYTES = 2048
ANSWER_SECONDS = 10
ANSWER_BYTES = 100_000


class KubernetesCluster:
    """`certificate_authority` is base64 PEM, as EKS and kubeconfigs carry it."""

    def __init__(self, endpoint: str, certificate_authority: str, token: str, namespace: str) -> None:
        configuration = kubernetes.client.Configuration(host=endpoint, api_key={"authorization": f"Bearer {token}"})
        configuration.ca_cert_data = base64.b64decode(certificate_authority).decode()
        configuration.retries = False
        self._api = kubernetes.client.ApiClient(configuration)
        self._core = kubernetes.client.CoreV1Api(self._api)
        self._apps = kubernetes.client.AppsV1Api(self._api)
        self._endpoint = endpoint
        self._headers = {"authorization": f"Bearer {token}"}
        self._namespace = namespace

    def watch(self, deployments: Sequence[str], until: datetime) -> Iterator[Sequence[Workload]]:
        with _translated(), Follower(self._lists(), self._namespace, until) as follower:
            for objects in follower.snapshots():
                yield [workload(name, objects["deployments"], objects["replicasets"], objects["pods"]) for name in deployments]

    def ready_pods(self, deployments: Sequence[str]) -> Sequence[str]:
        with _translated():
            now = datetime.now(UTC)
            with Follower(self._lists(), self._namespace, now) as follower:
                objects = next(follower.snapshots())
        workloads = [workload(name, objects["deployments"], objects["replicasets"], objects["pods"]) for name in deployments]
        return [pod.name for found in workloads for pod in found.pods if pod.ready]

    def get(self, pod: str, path: str) -> Answer:
        url = f"{self._endpoint}/api/v1/namespaces/{self._namespace}/pods/{pod}/proxy{path}"
        with _translated():
            response = self._api.rest_client.pool_manager.request(
                "GET", url, headers=self._headers, timeout=ANSWER_SECONDS, preload_content=False, redirect=False
            )
            body = response.read(ANSWER_BYTES)
            response.release_conn()
        parsed = _json_object(body)
        if parsed is not None and parsed.get("kind") == "Status" and parsed.get("apiVersion") == "v1":
            return Answer(status=0, text=str(parsed.get("message", "")))  # the API server speaks, not the pod
        return Answer(response.status, parsed, body[:1000].decode(errors="replace"))

    def last_lines(self, pod: str, container: str) -> str:
        """Prefers the run that ended; a container that never ended has only the current one."""
        for previous in (True, False):
            try:
                response = self._core.read_namespaced_pod_log(
                    pod, self._namespace, container=container, previous=previous, tail_lines=20, _preload_content=False, _request_timeout=ANSWER_SECONDS
                )
            except ApiException:
                continue  # 400: no such run of the container; 404: the pod is gone already
            except urllib3.exceptions.HTTPError as error:
                raise TemporarilyUnavailable(f"The cluster didn't answer: {error}") from error
            if text := response.data[-LOG_BYTES:].decode(errors="replace").strip():
                return str(text)
        return ""

    def objects(self, names: Sequence[ObjectName]) -> Mapping[ObjectName, Mapping[str, Any] | None]:
        return kubernetes_ownership.read(self._get, self._namespace, names)

    def secrets(self) -> Collection[str]:
        """The values of the environment's Secrets, to be hidden in what is shown."""
        return kubernetes_secrets.values(self._get, self._namespace)

    def take_over(self, release: str) -> None:
        """What people set by hand in the objects of a Helm release becomes Helm's."""
        with _translated():
            kubernetes_takeover.take_over(self._api, self._namespace, release)

    def until_gone(self, release: str) -> None:
        """Wait for the end of the objects of a Helm release that was removed."""
        with _translated():
            kubernetes_departure.until_gone(self._api, self._namespace, release)

    def _get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        with _translated():
            response = self._api.rest_client.pool_manager.request(
                "GET", f"{self._endpoint}{path}", headers=self._headers, timeout=ANSWER_SECONDS, redirect=False
            )
        return response.status, response.data

    def _lists(self) -> dict[str, Any]:
        return {
            "deployments": self._apps.list_namespaced_deployment,
            "replicasets": self._apps.list_namespaced_replica_set,
            "pods": self._core.list_namespaced_pod,
        }


@contextmanager
def _translated() -> Iterator[None]:
    """Makes "didn't answer" of the cluster a TemporarilyUnavailable; other errors pass as they are."""
    try:
        yield
    except ApiException as error:
        if error.status in (0, 408, 429) or error.status >= 500:
            raise TemporarilyUnavailable(f"The cluster answered {error.status}: {error.reason}") from error
        raise
    except urllib3.exceptions.HTTPError as error:
        raise TemporarilyUnavailable(f"The cluster didn't answer: {error}") from error


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def workload(name: str, deployments: dict[str, Any], replicasets: dict[str, Any], pods: dict[str, Any]) -> Workload:
    """A Deployment with the pods of its newest ReplicaSet; each argument maps names to objects of the API."""
    found = deployments.get(name)
    if found is None:
        return Workload(name, desired=1, updated=0, available=0, total=0, observed=False, pods=())
    status = found.get("status", {})
    uid = found["metadata"]["uid"]
    newest = max((item for item in replicasets.values() if _owner(item) == uid), key=_revision, default=None)
    current = newest is not None and _revision(newest) == _revision(found)
    new_pods = [item for item in pods.values() if newest is not None and current and _owner(item) == newest["metadata"]["uid"]]
    failure = next((c["message"] for c in status.get("conditions", []) if c["type"] == "ReplicaFailure" and c["status"] == "True"), "")
    return Workload(
        name=name,
        desired=found["spec"].get("replicas", 1),
        updated=status.get("updatedReplicas", 0),
        available=status.get("availableReplicas", 0),
        total=status.get("replicas", 0),
        observed=status.get("observedGeneration", 0) >= found["metadata"].get("generation", 0),
        pods=tuple(_pod(item) for item in sorted(new_pods, key=lambda item: str(item["metadata"]["name"]))),
        replica_failure=failure,
    )


def _owner(item: dict[str, Any]) -> str:
    return next((str(owner["uid"]) for owner in item["metadata"].get("ownerReferences", []) if owner.get("controller")), "")


def _revision(item: dict[str, Any]) -> int:
    return int(item["metadata"].get("annotations", {}).get(REVISION, 0))


def _pod(item: dict[str, Any]) -> Pod:
    status = item.get("status", {})
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", [])) and not item["metadata"].get("deletionTimestamp")
    statuses = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    init = {container["name"] for container in status.get("initContainerStatuses", [])}
    return Pod(item["metadata"]["name"], tuple(_container(container, container["name"] in init) for container in statuses), ready)


def _container(status: dict[str, Any], init: bool) -> Container:
    """`restartCount` counts starts after the first, so a container that isn't running has ended once more than that."""
    state, last = status.get("state") or {}, status.get("lastState") or {}
    ended = state.get("terminated") or last.get("terminated") or {}
    waiting = state.get("waiting") or {}
    terminations = int(status.get("restartCount", 0)) + (1 if ended and "running" not in state else 0)
    if init and ended.get("exitCode") == 0:
        terminations = 0  # an init container is meant to end
    return Container(
        name=status["name"],
        terminations=terminations,
        waiting_reason=waiting.get("reason", ""),
        waiting_message=waiting.get("message", ""),
        exit_code=ended.get("exitCode"),
        termination_reason=ended.get("reason", ""),
    )
