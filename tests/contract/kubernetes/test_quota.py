"""ResourceQuota and LimitRange: what a namespace may hold, and what a container takes when it doesn't say."""

from typing import Any

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, until

QUOTA = "https://kubernetes.io/docs/concepts/policy/resource-quotas/"
LIMITS = "https://kubernetes.io/docs/concepts/policy/limit-range/"


def quota(cluster: Cluster, namespace: Namespace, **hard: str) -> str:
    """Its path, once a controller has looked at it."""
    body = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small"},
        "spec": {"hard": {name.replace("__", "."): hard[name] for name in hard}},
    }
    cluster.create(namespace.path("resourcequotas"), body)
    path = namespace.path("resourcequotas", "small")
    until(lambda: cluster.get(path).get("status", {}).get("hard"), "the first count of the quota")
    return path


def limit_range(cluster: Cluster, namespace: Namespace, **limits: Any) -> None:
    body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "usual"}, "spec": {"limits": [{"type": "Container", **limits}]}}
    cluster.create(namespace.path("limitranges"), body)


def pod(name: str, **resources: Any) -> Object:
    """It fits no node."""
    container = {"name": "web", "image": "registry.invalid/none", "resources": resources}
    spec = {"nodeSelector": {"example.com/nowhere": "true"}, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


@pytest.mark.behaviour(QUOTA)
def test_a_quota_says_what_is_used(cluster: Cluster, namespace: Namespace) -> None:
    path = quota(cluster, namespace, pods="2", requests__cpu="1")
    assert cluster.get(path)["status"] == {"hard": {"pods": "2", "requests.cpu": "1"}, "used": {"pods": "0", "requests.cpu": "0"}}
    cluster.create(namespace.path("pods"), pod("one", requests={"cpu": "300m"}))
    until(lambda: cluster.get(path)["status"]["used"] == {"pods": "1", "requests.cpu": "300m"}, "the pod in the quota")


@pytest.mark.behaviour(QUOTA)
def test_what_is_deleted_is_free_again(cluster: Cluster, namespace: Namespace) -> None:
    path = quota(cluster, namespace, pods="1")
    cluster.create(namespace.path("pods"), pod("one"))
    until(lambda: cluster.get(path)["status"]["used"] == {"pods": "1"}, "the pod in the quota")
    cluster.delete(namespace.path("pods", "one"))
    until(lambda: cluster.get(path)["status"]["used"] == {"pods": "0"}, "the place that is free again")
    cluster.create(namespace.path("pods"), pod("two"))


@pytest.mark.behaviour(QUOTA)
def test_what_exceeds_a_quota_is_refused_with_the_amounts(cluster: Cluster, namespace: Namespace) -> None:
    quota(cluster, namespace, pods="1")
    cluster.create(namespace.path("pods"), pod("one"))
    status = cluster.refusal("POST", namespace.path("pods"), json=pod("two"))
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == 'pods "two" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1'


@pytest.mark.behaviour(QUOTA + "#compute-resource-quota")
def test_requests_are_added_up(cluster: Cluster, namespace: Namespace) -> None:
    quota(cluster, namespace, requests__cpu="500m")
    cluster.create(namespace.path("pods"), pod("one", requests={"cpu": "300m"}))
    status = cluster.refusal("POST", namespace.path("pods"), json=pod("two", requests={"cpu": "300m"}))
    assert "exceeded quota: small, requested: requests.cpu=300m, used: requests.cpu=300m, limited: requests.cpu=500m" in status["message"]


@pytest.mark.behaviour(QUOTA + "#requests-vs-limits")
def test_what_a_quota_limits_has_to_be_said(cluster: Cluster, namespace: Namespace) -> None:
    quota(cluster, namespace, requests__cpu="1", limits__memory="1Gi")
    status = cluster.refusal("POST", namespace.path("pods"), json=pod("one"))
    assert "failed quota: small: must specify limits.memory for: web; requests.cpu for: web" in status["message"]


@pytest.mark.behaviour(QUOTA + "#object-count-quota")
def test_objects_of_any_kind_can_be_counted(cluster: Cluster, namespace: Namespace) -> None:
    path = quota(cluster, namespace, **{"count/secrets": "1"})
    cluster.create(namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}})
    until(lambda: cluster.get(path)["status"]["used"] == {"count/secrets": "1"}, "the secret in the quota")
    status = cluster.refusal("POST", namespace.path("secrets"), json={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "two"}})
    assert "exceeded quota: small, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1" in status["message"]


@pytest.mark.behaviour(QUOTA)
def test_a_replica_set_says_that_its_pods_exceed_a_quota(cluster: Cluster, namespace: Namespace) -> None:
    quota(cluster, namespace, pods="0")
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod("web")["spec"]}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    path = namespace.path("replicasets", version="apps/v1")
    cluster.create(path, {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": spec})
    found = until(lambda: cluster.get(f"{path}/web").get("status", {}).get("conditions"), "a condition")
    assert (found[0]["type"], found[0]["status"], found[0]["reason"]) == ("ReplicaFailure", "True", "FailedCreate")
    assert "exceeded quota: small" in found[0]["message"]


@pytest.mark.behaviour(LIMITS)
def test_a_limit_range_fills_in_what_a_container_does_not_say(cluster: Cluster, namespace: Namespace) -> None:
    limit_range(cluster, namespace, default={"cpu": "500m", "memory": "256Mi"}, defaultRequest={"cpu": "100m"})
    made = cluster.create(namespace.path("pods"), pod("one"))
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}}
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"].startswith("LimitRanger plugin set: ")


@pytest.mark.behaviour(LIMITS)
def test_what_a_container_says_is_kept(cluster: Cluster, namespace: Namespace) -> None:
    limit_range(cluster, namespace, default={"cpu": "500m"}, defaultRequest={"cpu": "100m"})
    made = cluster.create(namespace.path("pods"), pod("one", requests={"cpu": "200m"}, limits={"cpu": "1"}))
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "200m"}}


@pytest.mark.behaviour(LIMITS)
def test_a_container_outside_of_a_range_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    limit_range(cluster, namespace, max={"cpu": "1"}, min={"cpu": "100m"})
    status = cluster.refusal("POST", namespace.path("pods"), json=pod("big", requests={"cpu": "1"}, limits={"cpu": "2"}))
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert "maximum cpu usage per Container is 1, but limit is 2" in status["message"]
    status = cluster.refusal("POST", namespace.path("pods"), json=pod("tiny", requests={"cpu": "50m"}, limits={"cpu": "1"}))
    assert "minimum cpu usage per Container is 100m, but request is 50m" in status["message"]


@pytest.mark.behaviour(LIMITS)
def test_requests_above_their_limit_are_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("pods"), json=pod("odd", requests={"cpu": "2"}, limits={"cpu": "1"}))
    assert status["code"] == 422
    assert "must be less than or equal to cpu limit of 1" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits")
def test_a_request_that_is_not_said_is_the_limit(cluster: Cluster, namespace: Namespace) -> None:
    made = cluster.create(namespace.path("pods"), pod("one", limits={"cpu": "250m"}))
    assert made["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "250m"}
    assert made["status"]["qosClass"] == "Burstable"
