"""Optimistic locking, as every controller and Helm rely on it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions")
def test_a_write_of_an_old_state_is_a_conflict(cluster: Cluster, namespace: Namespace) -> None:
    old = namespace.config_map(colour="red")
    path = namespace.path("configmaps", "settings")
    cluster.patch(path, {"data": {"colour": "green"}})
    status = cluster.refusal("PUT", path, json={**old, "data": {"colour": "blue"}})
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert "the object has been modified; please apply your changes to the latest version and try again" in status["message"]
    assert cluster.get(path)["data"] == {"colour": "green"}


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions")
def test_a_write_that_changes_nothing_is_no_new_version(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.config_map(colour="red")
    again = cluster.patch(namespace.path("configmaps", "settings"), {"data": {"colour": "red"}})
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions")
def test_a_write_without_a_version_overwrites(cluster: Cluster, namespace: Namespace) -> None:
    old = namespace.config_map(colour="red")
    path = namespace.path("configmaps", "settings")
    cluster.patch(path, {"data": {"colour": "green"}})
    about = {name: value for name, value in old["metadata"].items() if name != "resourceVersion"}
    assert cluster.replace(path, {**old, "metadata": about, "data": {"colour": "blue"}})["data"] == {"colour": "blue"}


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#uids")
def test_a_write_to_an_object_that_was_made_anew_is_a_conflict(cluster: Cluster, namespace: Namespace) -> None:
    old = namespace.config_map(colour="red")
    cluster.delete(namespace.path("configmaps", "settings"))
    new = namespace.config_map(colour="green")
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    about = {"name": "settings", "uid": old["metadata"]["uid"]}
    status = cluster.refusal("PUT", namespace.path("configmaps", "settings"), json={**old, "metadata": about})
    assert (status["code"], status["reason"]) == (409, "Conflict")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions")
def test_every_change_is_a_higher_version_of_the_same_object(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.config_map(colour="red")
    changed = cluster.patch(namespace.path("configmaps", "settings"), {"data": {"colour": "blue"}})
    kept = ("uid", "creationTimestamp", "name", "namespace")
    assert [changed["metadata"][name] for name in kept] == [made["metadata"][name] for name in kept]
    assert int(changed["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions")
def test_what_is_made_cannot_have_a_version(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "resourceVersion": "1"}}
    assert "resourceVersion should not be set on objects to be created" in cluster.refusal("POST", namespace.path("configmaps"), json=body)["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions")
def test_of_many_writers_at_once_none_is_lost(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    path = namespace.path("configmaps", "settings")
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda number: cluster.patch(path, {"data": {f"of-{number}": "here"}}), range(16)))
    assert len(cluster.get(path)["data"]) == 16
