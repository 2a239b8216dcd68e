"""The three patches. What they do to lists is what kubectl and Helm's client-side apply stand on."""

from typing import Any

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object

PATCHES = "https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply"
STRATEGIC = "https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md"
DEPLOYMENTS = "apps/v1"


def workload(cluster: Cluster, namespace: Namespace, *containers: Object) -> str:
    """Its path. No replicas: nothing runs."""
    labels = {"app": "web"}
    cluster.create(
        namespace.path("deployments", version=DEPLOYMENTS),
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": list(containers) or [container("web")]}},
            },
        },
    )
    return namespace.path("deployments", "web", DEPLOYMENTS)


def container(name: str, **more: Any) -> Object:
    return {"name": name, "image": f"registry.invalid/{name}", **more}


def template(*containers: Object, **more: Any) -> Object:
    return {"spec": {"template": {"spec": {"containers": list(containers), **more}}}}


def containers_of(item: Object) -> list[Object]:
    found: list[Object] = item["spec"]["template"]["spec"]["containers"]
    return found


@pytest.mark.behaviour(PATCHES)
def test_a_json_patch_is_a_list_of_operations(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red", size="big")
    operations = [
        {"op": "test", "path": "/data/colour", "value": "red"},
        {"op": "replace", "path": "/data/colour", "value": "blue"},
        {"op": "remove", "path": "/data/size"},
        {"op": "add", "path": "/data/shape", "value": "round"},
    ]
    changed = cluster.patch(namespace.path("configmaps", "settings"), operations, "json-patch")
    assert changed["data"] == {"colour": "blue", "shape": "round"}


@pytest.mark.behaviour(PATCHES)
def test_a_json_patch_whose_test_fails_changes_nothing(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    path = namespace.path("configmaps", "settings")
    operations = [{"op": "replace", "path": "/data/colour", "value": "blue"}, {"op": "test", "path": "/data/colour", "value": "green"}]
    status = cluster.refusal("PATCH", path, json=operations, headers={"Content-Type": "application/json-patch+json"})
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert cluster.get(path)["data"] == {"colour": "red"}


@pytest.mark.behaviour(PATCHES)
def test_a_merge_patch_takes_null_for_a_removal(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red", size="big")
    changed = cluster.patch(namespace.path("configmaps", "settings"), {"data": {"colour": None, "shape": "round"}})
    assert changed["data"] == {"shape": "round", "size": "big"}


@pytest.mark.behaviour(PATCHES)
def test_a_merge_patch_replaces_lists(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace, container("web"), container("side"))
    changed = cluster.patch(path, template(container("other")))
    assert [each["name"] for each in containers_of(changed)] == ["other"]


@pytest.mark.behaviour(STRATEGIC)
def test_a_strategic_merge_patch_merges_lists_by_their_key(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace, container("web", env=[{"name": "A", "value": "1"}]), container("side"))
    changed = cluster.patch(path, template({"name": "web", "image": "registry.invalid/new", "env": [{"name": "B", "value": "2"}]}), "strategic-merge-patch")
    found = {each["name"]: each for each in containers_of(changed)}
    assert found["web"]["image"] == "registry.invalid/new" and found["side"]["image"] == "registry.invalid/side"
    assert sorted(each["name"] for each in found["web"]["env"]) == ["A", "B"]


@pytest.mark.behaviour(STRATEGIC)
def test_patch_delete_takes_an_item_out_of_a_list(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace, container("web"), container("side"))
    changed = cluster.patch(path, template({"name": "side", "$patch": "delete"}), "strategic-merge-patch")
    assert [each["name"] for each in containers_of(changed)] == ["web"]


@pytest.mark.behaviour(STRATEGIC)
def test_patch_replace_replaces_a_list(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace, container("web"), container("side"))
    changed = cluster.patch(path, template(container("other"), {"$patch": "replace"}), "strategic-merge-patch")
    assert [each["name"] for each in containers_of(changed)] == ["other"]


@pytest.mark.behaviour(STRATEGIC)
def test_patch_replace_replaces_a_map(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red", size="big")
    changed = cluster.patch(namespace.path("configmaps", "settings"), {"data": {"$patch": "replace", "shape": "round"}}, "strategic-merge-patch")
    assert changed["data"] == {"shape": "round"}


@pytest.mark.behaviour(STRATEGIC)
def test_set_element_order_sorts_a_merged_list(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace, container("web"), container("side"))
    order = [{"name": "new"}, {"name": "side"}, {"name": "web"}]
    changed = cluster.patch(path, template(container("new"), **{"$setElementOrder/containers": order}), "strategic-merge-patch")
    assert [each["name"] for each in containers_of(changed)] == ["new", "side", "web"]


@pytest.mark.behaviour(STRATEGIC)
def test_retain_keys_drives_out_what_it_does_not_name(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace)
    changed = cluster.patch(path, {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}, "strategic-merge-patch")
    assert changed["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.behaviour(STRATEGIC)
def test_values_can_be_taken_out_of_a_list_of_plain_values(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "finalizers": ["example.com/one", "example.com/two"]}}
    cluster.create(namespace.path("configmaps"), body)
    path = namespace.path("configmaps", "settings")
    changed = cluster.patch(path, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/one"]}}, "strategic-merge-patch")
    assert changed["metadata"]["finalizers"] == ["example.com/two"]
    cluster.patch(path, {"metadata": {"finalizers": None}})


@pytest.mark.behaviour(STRATEGIC)
def test_an_item_without_its_merge_key_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    path = workload(cluster, namespace)
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    status = cluster.refusal("PATCH", path, json=template({"image": "registry.invalid/new"}), headers=headers)
    assert status["code"] >= 400 and "does not contain declared merge key: name" in status["message"]


@pytest.mark.behaviour(PATCHES)
def test_a_patch_of_an_unknown_kind_is_an_unsupported_media_type(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    status = cluster.refusal("PATCH", namespace.path("configmaps", "settings"), content="{}", headers={"Content-Type": "application/json"})
    assert (status["code"], status["reason"]) == (415, "UnsupportedMediaType")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply")
def test_a_patch_of_an_old_version_is_a_conflict(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.config_map(colour="red")
    path = namespace.path("configmaps", "settings")
    cluster.patch(path, {"data": {"colour": "green"}})
    body = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "data": {"colour": "blue"}}
    status = cluster.refusal("PATCH", path, json=body, headers={"Content-Type": "application/merge-patch+json"})
    assert (status["code"], status["reason"]) == (409, "Conflict")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run")
def test_a_patch_can_be_tried(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    path = namespace.path("configmaps", "settings")
    assert cluster.patch(path, {"data": {"colour": "blue"}}, dryRun="All")["data"] == {"colour": "blue"}
    assert cluster.get(path)["data"] == {"colour": "red"}
