"""Server-side apply, by which Helm writes everything: who owns which field, and what happens to those who disagree."""

from typing import Any

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object

APPLY = "https://kubernetes.io/docs/reference/using-api/server-side-apply/"
pytestmark = pytest.mark.behaviour(APPLY)


def settings(**data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def apply(cluster: Cluster, namespace: Namespace, manager: str, body: Object, **parameters: Any) -> Object:
    return cluster.patch(namespace.path("configmaps", "settings"), body, "apply", fieldManager=manager, **parameters)


def refused(cluster: Cluster, namespace: Namespace, body: Object, **parameters: Any) -> Object:
    headers = {"Content-Type": "application/apply-patch+yaml"}
    return cluster.refusal("PATCH", namespace.path("configmaps", "settings"), json=body, params=parameters, headers=headers)


def owned(item: Object) -> dict[str, Any]:
    """What of `data` each manager owns."""
    return {entry["manager"]: sorted(entry["fieldsV1"].get("f:data", {}).keys() - {"."}) for entry in item["metadata"]["managedFields"]}


def test_what_is_not_there_is_created_and_owned(cluster: Cluster, namespace: Namespace) -> None:
    headers = {"Content-Type": "application/apply-patch+yaml"}
    answer = cluster.http.patch(namespace.path("configmaps", "settings"), params={"fieldManager": "one"}, json=settings(colour="red"), headers=headers)
    assert answer.status_code == 201
    (entry,) = answer.json()["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"], entry["apiVersion"], entry["fieldsType"]) == ("one", "Apply", "v1", "FieldsV1")
    assert entry["fieldsV1"] == {"f:data": {"f:colour": {}}}


def test_applying_the_same_again_is_no_new_version(cluster: Cluster, namespace: Namespace) -> None:
    first = apply(cluster, namespace, "one", settings(colour="red"))
    again = apply(cluster, namespace, "one", settings(colour="red"))
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_field_that_its_only_owner_drops_is_removed(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red", size="big"))
    assert apply(cluster, namespace, "one", settings(size="big"))["data"] == {"size": "big"}


def test_managers_of_different_fields_get_along(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red"))
    both = apply(cluster, namespace, "two", settings(size="big"))
    assert both["data"] == {"colour": "red", "size": "big"}
    assert owned(both) == {"one": ["f:colour"], "two": ["f:size"]}


def test_a_field_of_somebody_else_is_a_conflict_that_names_them(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red"))
    status = refused(cluster, namespace, settings(colour="blue"), fieldManager="two")
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"] == 'Apply failed with 1 conflict: conflict with "one": .data.colour'
    assert status["details"]["causes"] == [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.colour"}]


def test_a_conflict_with_an_update_says_which_version_wrote_it(cluster: Cluster, namespace: Namespace) -> None:
    cluster.create(namespace.path("configmaps"), settings(colour="red"), fieldManager="hand")
    status = refused(cluster, namespace, settings(colour="blue"), fieldManager="two")
    (cause,) = status["details"]["causes"]
    assert cause["message"].startswith('conflict with "hand" using v1')


def test_all_conflicts_are_listed(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red", size="big"))
    status = refused(cluster, namespace, settings(colour="blue", size="small"), fieldManager="two")
    assert status["message"].startswith('Apply failed with 2 conflicts: conflicts with "one":\n')
    assert [cause["field"] for cause in status["details"]["causes"]] == [".data.colour", ".data.size"]


def test_force_takes_the_field_over(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red", size="big"))
    taken = apply(cluster, namespace, "two", settings(colour="blue"), force="true")
    assert taken["data"] == {"colour": "blue", "size": "big"}
    assert owned(taken) == {"one": ["f:size"], "two": ["f:colour"]}


def test_the_same_value_is_shared(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red"))
    shared = apply(cluster, namespace, "two", settings(colour="red"))
    assert owned(shared) == {"one": ["f:colour"], "two": ["f:colour"]}


def test_a_shared_field_stays_until_its_last_owner_drops_it(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red"))
    apply(cluster, namespace, "two", settings(colour="red"))
    left = apply(cluster, namespace, "one", settings(size="big"))
    assert left["data"] == {"colour": "red", "size": "big"}
    assert "colour" not in apply(cluster, namespace, "two", settings()).get("data", {})


def test_an_update_takes_fields_away_without_asking(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red"))
    changed = cluster.patch(namespace.path("configmaps", "settings"), {"data": {"colour": "blue"}}, fieldManager="hand")
    assert owned(changed)["hand"] == ["f:colour"] and owned(changed).get("one", []) == []


def test_a_dry_run_tells_of_a_conflict_and_stores_nothing(cluster: Cluster, namespace: Namespace) -> None:
    apply(cluster, namespace, "one", settings(colour="red"))
    assert refused(cluster, namespace, settings(colour="blue"), fieldManager="two", dryRun="All")["reason"] == "Conflict"
    tried = apply(cluster, namespace, "two", settings(size="big"), dryRun="All")
    assert tried["data"] == {"colour": "red", "size": "big"}
    assert cluster.get(namespace.path("configmaps", "settings"))["data"] == {"colour": "red"}


def test_an_applier_has_to_say_who_it_is(cluster: Cluster, namespace: Namespace) -> None:
    status = refused(cluster, namespace, settings(colour="red"))
    assert status["code"] in (400, 422)
    assert "fieldManager: Required value: is required for apply patch" in status["message"]


def test_managed_fields_cannot_be_applied(cluster: Cluster, namespace: Namespace) -> None:
    body = settings(colour="red")
    body["metadata"]["managedFields"] = [{"manager": "one", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}]
    status = refused(cluster, namespace, body, fieldManager="one")
    assert status["code"] == 400 and "metadata.managedFields must be nil" in status["message"]


def test_an_old_version_cannot_be_applied(cluster: Cluster, namespace: Namespace) -> None:
    old = apply(cluster, namespace, "one", settings(colour="red"))["metadata"]["resourceVersion"]
    apply(cluster, namespace, "one", settings(colour="blue"))
    body = settings(colour="green")
    body["metadata"]["resourceVersion"] = old
    status = refused(cluster, namespace, body, fieldManager="one")
    assert (status["code"], status["reason"]) == (409, "Conflict")


def test_items_of_a_list_have_owners_by_their_key(cluster: Cluster, namespace: Namespace) -> None:
    def service(*ports: Object) -> Object:
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": list(ports)}}

    path, http, metrics = namespace.path("services", "web"), {"name": "http", "port": 80}, {"name": "metrics", "port": 9090}
    cluster.patch(path, service(http), "apply", fieldManager="one")
    both = cluster.patch(path, service(metrics), "apply", fieldManager="two")
    assert sorted(each["port"] for each in both["spec"]["ports"]) == [80, 9090]
    mine = next(entry for entry in both["metadata"]["managedFields"] if entry["manager"] == "two")
    assert 'k:{"port":9090,"protocol":"TCP"}' in mine["fieldsV1"]["f:spec"]["f:ports"]


def test_the_scale_subresource_has_an_owner_of_its_own(cluster: Cluster, namespace: Namespace) -> None:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "registry.invalid/none"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    path, body = namespace.path("deployments", "web", "apps/v1"), {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    cluster.patch(path, body, "apply", fieldManager="one")
    cluster.patch(f"{path}/scale", {"spec": {"replicas": 1}}, fieldManager="hand")
    headers = {"Content-Type": "application/apply-patch+yaml"}
    status = cluster.refusal("PATCH", path, json=body, params={"fieldManager": "one"}, headers=headers)
    assert status["message"] == 'Apply failed with 1 conflict: conflict with "hand" with subresource "scale" using apps/v1: .spec.replicas'


def test_a_configuration_that_does_not_fit_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = refused(cluster, namespace, {**settings(colour="red"), "colour": "red"}, fieldManager="one", fieldValidation="Strict")
    assert status["code"] in (400, 500)
    assert "colour" in status["message"]
