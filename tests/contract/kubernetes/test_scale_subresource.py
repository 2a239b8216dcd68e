"""Scale, which autoscalers and `kubectl scale` use, and the generations by which controllers say that they have seen a change."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, until

GENERATION = "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/"
SUBRESOURCE = "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#how-does-a-horizontalpodautoscaler-work"


@pytest.fixture
def path(cluster: Cluster, namespace: Namespace) -> str:
    """Of a Deployment without replicas."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "registry.invalid/none"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    cluster.create(namespace.path("deployments", version="apps/v1"), {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    return namespace.path("deployments", "web", "apps/v1")


@pytest.mark.behaviour(SUBRESOURCE)
def test_a_scale_tells_replicas_and_selector(cluster: Cluster, path: str) -> None:
    found = cluster.get(f"{path}/scale")
    assert (found["kind"], found["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert found["metadata"]["name"] == "web" and found["metadata"]["uid"] == cluster.get(path)["metadata"]["uid"]
    assert found["spec"].get("replicas", 0) == 0 and found["status"]["selector"] == "app=web"


@pytest.mark.behaviour(SUBRESOURCE)
def test_a_scale_is_replaced(cluster: Cluster, path: str) -> None:
    body = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", "namespace": path.split("/")[5]}, "spec": {"replicas": 1}}
    assert cluster.replace(f"{path}/scale", body)["spec"]["replicas"] == 1
    assert cluster.get(path)["spec"]["replicas"] == 1


@pytest.mark.behaviour(SUBRESOURCE)
def test_a_scale_is_patched(cluster: Cluster, path: str) -> None:
    assert cluster.patch(f"{path}/scale", {"spec": {"replicas": 1}})["spec"]["replicas"] == 1
    assert cluster.get(path)["spec"]["replicas"] == 1


@pytest.mark.behaviour(SUBRESOURCE)
def test_an_old_scale_is_a_conflict(cluster: Cluster, path: str) -> None:
    old = cluster.get(f"{path}/scale")
    cluster.patch(path, {"metadata": {"labels": {"tier": "front"}}})
    status = cluster.refusal("PUT", f"{path}/scale", json={**old, "spec": {"replicas": 1}})
    assert (status["code"], status["reason"]) == (409, "Conflict")


@pytest.mark.behaviour(SUBRESOURCE)
def test_a_negative_scale_is_refused(cluster: Cluster, path: str) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    status = cluster.refusal("PATCH", f"{path}/scale", json={"spec": {"replicas": -1}}, headers=headers)
    assert status["code"] == 422 and "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in status["message"]


@pytest.mark.behaviour(SUBRESOURCE)
def test_a_kind_without_scale_has_none(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    assert cluster.http.get(namespace.path("configmaps", "settings") + "/scale").status_code == 404


@pytest.mark.behaviour(GENERATION)
def test_a_changed_spec_is_a_new_generation(cluster: Cluster, path: str) -> None:
    first = cluster.get(path)["metadata"]["generation"]
    assert first == 1
    assert cluster.patch(path, {"metadata": {"labels": {"tier": "front"}}})["metadata"]["generation"] == 1
    assert cluster.patch(path, {"spec": {"minReadySeconds": 1}})["metadata"]["generation"] == 2


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status")
def test_a_controller_says_which_generation_it_has_seen(cluster: Cluster, path: str) -> None:
    wanted = cluster.patch(path, {"spec": {"minReadySeconds": 1}})["metadata"]["generation"]
    until(lambda: cluster.get(path).get("status", {}).get("observedGeneration") == wanted, "the observed generation")


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/#object-spec-and-status")
def test_status_and_the_rest_are_written_apart(cluster: Cluster, namespace: Namespace) -> None:
    spec = {"rules": [], "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}
    ingress, version = namespace.path("ingresses", "web", "networking.k8s.io/v1"), "networking.k8s.io/v1"
    body = {"apiVersion": version, "kind": "Ingress", "metadata": {"name": "web"}, "spec": spec, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}
    made = cluster.create(namespace.path("ingresses", version=version), body)
    assert not made["status"]["loadBalancer"].get("ingress")
    reported = {**made, "metadata": {**made["metadata"], "labels": {"x": "y"}}, "status": body["status"], "spec": {**spec, "ingressClassName": "other"}}
    after = cluster.replace(f"{ingress}/status", reported)
    assert after["status"]["loadBalancer"]["ingress"] == [{"ip": "192.0.2.1"}] and "ingressClassName" not in after["spec"]
    assert after["metadata"]["generation"] == made["metadata"]["generation"]
