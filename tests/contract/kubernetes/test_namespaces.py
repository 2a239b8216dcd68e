"""A namespace's life: what it has from the beginning, and how it ends."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, until

NAMESPACES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
pytestmark = pytest.mark.behaviour(NAMESPACES)


def test_a_namespace_is_labelled_with_its_name_and_is_active(cluster: Cluster, namespace: Namespace) -> None:
    found = cluster.get(f"/api/v1/namespaces/{namespace.name}")
    assert found["metadata"]["labels"]["kubernetes.io/metadata.name"] == namespace.name
    assert found["status"]["phase"] == "Active" and found["spec"]["finalizers"] == ["kubernetes"]


def test_the_first_namespaces_are_there(cluster: Cluster) -> None:
    names = {item["metadata"]["name"] for item in cluster.get("/api/v1/namespaces")["items"]}
    assert {"default", "kube-node-lease", "kube-public", "kube-system"} <= names


def test_nothing_can_be_made_in_a_namespace_that_is_not_there(cluster: Cluster) -> None:
    status = cluster.refusal(
        "POST", "/api/v1/namespaces/behaviour-nowhere/configmaps", json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    )
    assert (status["code"], status["reason"]) == (404, "NotFound")
    assert status["message"] == 'namespaces "behaviour-nowhere" not found'


def test_an_object_of_another_namespace_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "default"}}
    status = cluster.refusal("POST", namespace.path("configmaps"), json=body)
    assert status["code"] == 400
    assert "the namespace of the provided object does not match the namespace sent on the request" in status["message"]


def test_lists_of_all_namespaces_hold_those_of_each(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    found = cluster.get("/api/v1/configmaps", fieldSelector=f"metadata.name=settings,metadata.namespace={namespace.name}")["items"]
    assert [item["metadata"]["namespace"] for item in found] == [namespace.name]


def made(cluster: Cluster, name: str) -> Namespace:
    cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return Namespace(cluster, name)


def test_a_deleted_namespace_takes_everything_along(cluster: Cluster, namespace: Namespace) -> None:
    ending = made(cluster, f"{namespace.name}-ending")
    ending.config_map()
    cluster.delete(f"/api/v1/namespaces/{ending.name}")
    until(lambda: not cluster.exists(f"/api/v1/namespaces/{ending.name}"), "the end of the namespace")
    assert not cluster.exists(ending.path("configmaps", "settings"))


def test_a_namespace_waits_for_finalizers_and_takes_nothing_new(cluster: Cluster, namespace: Namespace) -> None:
    ending = made(cluster, f"{namespace.name}-held")
    about = {"name": "settings", "finalizers": ["example.com/hold"]}
    cluster.create(ending.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about})
    answer = cluster.delete(f"/api/v1/namespaces/{ending.name}")
    assert answer["status"]["phase"] == "Terminating" and answer["metadata"]["deletionTimestamp"]
    until(lambda: cluster.get(ending.path("configmaps", "settings"))["metadata"].get("deletionTimestamp"), "the deletion of its content")
    status = cluster.refusal("POST", ending.path("configmaps"), json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}})
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert f"unable to create new content in namespace {ending.name} because it is being terminated" in status["message"]
    assert "NamespaceTerminating" in {cause["reason"] for cause in status["details"]["causes"]}
    assert cluster.exists(f"/api/v1/namespaces/{ending.name}")
    cluster.patch(ending.path("configmaps", "settings"), {"metadata": {"finalizers": None}})
    until(lambda: not cluster.exists(f"/api/v1/namespaces/{ending.name}"), "the end of the namespace")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/#NamespaceStatus")
def test_a_namespace_says_what_it_waits_for(cluster: Cluster, namespace: Namespace) -> None:
    ending = made(cluster, f"{namespace.name}-waits")
    about = {"name": "settings", "finalizers": ["example.com/hold"]}
    cluster.create(ending.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about})
    path = f"/api/v1/namespaces/{ending.name}"
    cluster.delete(path)

    def conditions() -> dict[str, dict[str, str]]:
        return {each["type"]: each for each in cluster.get(path).get("status", {}).get("conditions", [])}

    until(lambda: conditions().get("NamespaceFinalizersRemaining", {}).get("status") == "True", "the condition about finalizers")
    found = conditions()
    assert (found["NamespaceFinalizersRemaining"]["reason"], found["NamespaceContentRemaining"]["reason"]) == ("SomeFinalizersRemain", "SomeResourcesRemain")
    assert "example.com/hold in 1 resource instances" in found["NamespaceFinalizersRemaining"]["message"]
    cluster.patch(ending.path("configmaps", "settings"), {"metadata": {"finalizers": None}})
    until(lambda: not cluster.exists(path), "the end of the namespace")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle")
@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_the_clusters_own_namespaces_cannot_be_deleted(cluster: Cluster, name: str) -> None:
    status = cluster.refusal("DELETE", f"/api/v1/namespaces/{name}", params={"dryRun": "All"})
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == f'namespaces "{name}" is forbidden: this namespace may not be deleted'
