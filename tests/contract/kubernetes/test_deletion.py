"""How objects go: at once, after their finalizers, with or without what they own."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, until

FINALIZERS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"
COLLECTION = "https://kubernetes.io/docs/concepts/architecture/garbage-collection/"
DELETE = "https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-deletion"


def owned_by(cluster: Cluster, namespace: Namespace, owner: Object, name: str = "owned", *, blocks: bool = False) -> str:
    """The path of a ConfigMap that belongs to another."""
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "blockOwnerDeletion": blocks}
    about = {"name": name, "ownerReferences": [reference]}
    cluster.create(namespace.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about})
    return namespace.path("configmaps", name)


def held(cluster: Cluster, namespace: Namespace, name: str = "settings") -> str:
    """The path of a ConfigMap with a finalizer."""
    about = {"name": name, "finalizers": ["example.com/hold"]}
    cluster.create(namespace.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about})
    return namespace.path("configmaps", name)


@pytest.mark.behaviour(DELETE)
def test_a_deletion_answers_with_the_uid_of_what_is_gone(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.config_map()
    answer = cluster.delete(namespace.path("configmaps", "settings"))
    assert (answer["kind"], answer["status"]) == ("Status", "Success")
    assert answer["details"] == {"name": "settings", "kind": "configmaps", "uid": made["metadata"]["uid"]}
    assert not cluster.exists(namespace.path("configmaps", "settings"))


@pytest.mark.behaviour(DELETE)
def test_what_is_gone_cannot_be_deleted(cluster: Cluster, namespace: Namespace) -> None:
    assert cluster.refusal("DELETE", namespace.path("configmaps", "settings"))["reason"] == "NotFound"


@pytest.mark.behaviour(FINALIZERS)
def test_an_object_with_a_finalizer_waits_for_it(cluster: Cluster, namespace: Namespace) -> None:
    path = held(cluster, namespace)
    answer = cluster.delete(path)
    assert answer["kind"] == "ConfigMap" and answer["metadata"]["deletionTimestamp"] and answer["metadata"]["deletionGracePeriodSeconds"] == 0
    assert cluster.exists(path)
    cluster.patch(path, {"metadata": {"finalizers": None}})
    assert not cluster.exists(path)


@pytest.mark.behaviour(FINALIZERS)
def test_no_finalizer_can_be_added_to_what_is_being_deleted(cluster: Cluster, namespace: Namespace) -> None:
    path = held(cluster, namespace)
    cluster.delete(path)
    headers = {"Content-Type": "application/merge-patch+json"}
    status = cluster.refusal("PATCH", path, json={"metadata": {"finalizers": ["example.com/hold", "example.com/late"]}}, headers=headers)
    assert status["code"] == 422
    assert "no new finalizers can be added if the object is being deleted, found new finalizers" in status["message"]
    cluster.patch(path, {"metadata": {"finalizers": None}})


@pytest.mark.behaviour(FINALIZERS)
def test_what_is_being_deleted_still_takes_up_its_name(cluster: Cluster, namespace: Namespace) -> None:
    path = held(cluster, namespace)
    cluster.delete(path)
    status = cluster.refusal("POST", namespace.path("configmaps"), json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})
    assert status["reason"] == "AlreadyExists"
    assert status["message"] in ('configmaps "settings" already exists', 'object is being deleted: configmaps "settings" already exists')
    cluster.patch(path, {"metadata": {"finalizers": None}})


@pytest.mark.behaviour(DELETE)
@pytest.mark.parametrize("precondition", [{"uid": "another"}, {"resourceVersion": "1"}])
def test_a_deletion_can_be_of_one_uid_or_version_only(cluster: Cluster, namespace: Namespace, precondition: dict[str, str]) -> None:
    namespace.config_map()
    path = namespace.path("configmaps", "settings")
    status = cluster.refusal("DELETE", path, json={"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": precondition})
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert "recondition" in status["message"]
    assert cluster.exists(path)


@pytest.mark.behaviour(DELETE)
def test_a_deletion_with_the_right_preconditions_is_done(cluster: Cluster, namespace: Namespace) -> None:
    about = namespace.config_map()["metadata"]
    path = namespace.path("configmaps", "settings")
    cluster.delete(path, preconditions={"uid": about["uid"], "resourceVersion": about["resourceVersion"]})
    assert not cluster.exists(path)


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run")
def test_a_deletion_can_be_tried(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    cluster.delete(namespace.path("configmaps", "settings"), dryRun=["All"])
    assert cluster.exists(namespace.path("configmaps", "settings"))


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs")
def test_a_collection_is_deleted_by_a_selector(cluster: Cluster, namespace: Namespace) -> None:
    for name, tier in (("one", "front"), ("two", "front"), ("three", "back")):
        about = {"name": name, "labels": {"tier": tier}}
        cluster.create(namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": about})
    cluster.asked("DELETE", namespace.path("secrets"), params={"labelSelector": "tier=front"})
    assert not cluster.exists(namespace.path("secrets", "one")) and not cluster.exists(namespace.path("secrets", "two"))
    assert cluster.exists(namespace.path("secrets", "three"))


@pytest.mark.behaviour(COLLECTION + "#background-deletion")
def test_what_an_object_owned_goes_after_it(cluster: Cluster, namespace: Namespace) -> None:
    owner = namespace.config_map("owner")
    path = owned_by(cluster, namespace, owner)
    cluster.delete(namespace.path("configmaps", "owner"), propagationPolicy="Background")
    assert not cluster.exists(namespace.path("configmaps", "owner"))
    until(lambda: not cluster.exists(path), "the end of what the object owned")


@pytest.mark.behaviour(COLLECTION + "#foreground-deletion")
def test_in_the_foreground_the_owner_goes_last(cluster: Cluster, namespace: Namespace) -> None:
    owner = namespace.config_map("owner")
    path = held(cluster, namespace, "held")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"], "blockOwnerDeletion": True}
    cluster.patch(path, {"metadata": {"ownerReferences": [reference]}})
    answer = cluster.delete(namespace.path("configmaps", "owner"), propagationPolicy="Foreground")
    assert answer["metadata"]["finalizers"] == ["foregroundDeletion"] and answer["metadata"]["deletionTimestamp"]
    until(lambda: cluster.get(path)["metadata"].get("deletionTimestamp"), "the deletion of what the object owns")
    assert cluster.exists(namespace.path("configmaps", "owner"))
    cluster.patch(path, {"metadata": {"finalizers": None}})
    until(lambda: not cluster.exists(namespace.path("configmaps", "owner")), "the end of the owner")


@pytest.mark.behaviour(COLLECTION + "#orphaned-dependents")
def test_an_orphan_stays_and_forgets_its_owner(cluster: Cluster, namespace: Namespace) -> None:
    owner = namespace.config_map("owner")
    path = owned_by(cluster, namespace, owner)
    cluster.delete(namespace.path("configmaps", "owner"), propagationPolicy="Orphan")
    until(lambda: not cluster.exists(namespace.path("configmaps", "owner")), "the end of the owner")
    assert not cluster.get(path)["metadata"].get("ownerReferences")


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/")
def test_what_another_owner_keeps_stays(cluster: Cluster, namespace: Namespace) -> None:
    first, second = namespace.config_map("first"), namespace.config_map("second")
    path = owned_by(cluster, namespace, first)
    witness = owned_by(cluster, namespace, first, "witness")
    both = [{"apiVersion": "v1", "kind": "ConfigMap", "name": each["metadata"]["name"], "uid": each["metadata"]["uid"]} for each in (first, second)]
    cluster.patch(path, {"metadata": {"ownerReferences": both}})
    cluster.delete(namespace.path("configmaps", "first"), propagationPolicy="Background")
    until(lambda: not cluster.exists(witness), "the end of what only the first owned")
    until(lambda: len(cluster.get(path)["metadata"]["ownerReferences"]) == 1, "one owner less")
    assert cluster.get(path)["metadata"]["ownerReferences"][0]["name"] == "second"


@pytest.mark.behaviour(COLLECTION + "#owners-dependents")
def test_an_owner_that_never_was_takes_its_dependents_along(cluster: Cluster, namespace: Namespace) -> None:
    stranger = {"metadata": {"name": "nobody", "uid": "00000000-0000-0000-0000-000000000000"}}
    path = owned_by(cluster, namespace, stranger)
    until(lambda: not cluster.exists(path), "the end of what belongs to nobody")


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination")
def test_a_pod_that_no_node_has_goes_at_once(cluster: Cluster, namespace: Namespace) -> None:
    spec = {"nodeSelector": {"example.com/nowhere": "true"}, "containers": [{"name": "web", "image": "registry.invalid/none"}]}
    cluster.create(namespace.path("pods"), {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
    cluster.delete(namespace.path("pods", "web"), gracePeriodSeconds=600)
    assert not cluster.exists(namespace.path("pods", "web"))
