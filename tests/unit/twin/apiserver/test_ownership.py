"""Who owns which field: conflicts of server-side apply, what a dropped field does, and what ordinary writes leave in managedFields."""

import copy
from typing import Any

import pytest

from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership import applied, noted
from twin.cluster.apiserver.resources import DEPLOYMENT, RESOURCES, SERVICE, Resource
from twin.cluster.apiserver.schema.defaults import set_object_defaults

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"
SECRET = next(resource for resource in RESOURCES if resource.kind == "Secret")


def chart(replicas: int | None = 2, image: str = "web:1", labels: dict[str, str] | None = None, **web: Any) -> Object:
    """A Deployment as Helm applies it."""
    spec: Object = {"selector": {"matchLabels": {"app": "shop"}}}
    if replicas is not None:
        spec["replicas"] = replicas
    spec["template"] = {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "web", "image": image, **web}]}}
    about: Object = {"name": "shop", "namespace": "demo"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about | ({"labels": labels} if labels else {}), "spec": spec}


def apply(
    current: Object | None, wanted: Object, manager: str = "helm", *, force: bool = False, sub: str = "", now: str = LATE, resource: Resource = DEPLOYMENT
) -> Object:
    """Apply, and do what the registry does afterwards; also checks that no argument was touched."""
    before = copy.deepcopy((current, wanted))
    result = applied(current, wanted, resource=resource, manager=manager, force=force, subresource=sub, now=now)
    assert before == (current, wanted)
    return stored(result, resource)


def update(old: Object | None, new: Object, manager: str = "kubectl", *, sub: str = "", now: str = LATE, resource: Resource = DEPLOYMENT) -> Object:
    before = copy.deepcopy((old, new))
    result = noted(old, new, resource=resource, manager=manager, subresource=sub, now=now)
    assert before == (old, new)
    return result


def stored(item: Object, resource: Resource = DEPLOYMENT) -> Object:
    item = copy.deepcopy(item)
    set_object_defaults(resource, item)
    return item


def changed(item: Object, **spec: Any) -> Object:
    return {**item, "spec": {**item["spec"], **spec}}


def scaled(item: Object, replicas: int, manager: str = "kubectl") -> Object:
    return update(item, changed(item, replicas=replicas), manager, sub="scale")


def entry(item: Object, manager: str, operation: str = "Apply", sub: str = "") -> Object | None:
    entries: list[Object] = item["metadata"].get("managedFields", [])
    found = [each for each in entries if (each["manager"], each["operation"], each.get("subresource", "")) == (manager, operation, sub)]
    assert len(found) <= 1
    return found[0] if found else None


def fields(item: Object, manager: str, operation: str = "Apply", sub: str = "") -> Object:
    found = entry(item, manager, operation, sub)
    assert found, f"{manager} owns nothing"
    owned: Object = found["fieldsV1"]
    return owned


def refusal(current: Object, configuration: Object, manager: str = "helm", resource: Resource = DEPLOYMENT) -> ApiError:
    with pytest.raises(ApiError) as refused:
        apply(current, configuration, manager, resource=resource)
    return refused.value


def web(item: Object) -> Object:
    found: Object = item["spec"]["template"]["spec"]["containers"][0]
    return found


# The notation


def test_an_applier_owns_the_leaves_of_its_configuration_as_kubernetes_writes_them() -> None:
    item = apply(None, chart(labels={"app": "shop"}, ports=[{"containerPort": 80}], env=[{"name": "A", "value": "1"}]), now=EARLY)
    assert entry(item, "helm") == {
        "manager": "helm",
        "operation": "Apply",
        "apiVersion": "apps/v1",
        "time": EARLY,
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:metadata": {"f:labels": {"f:app": {}}},
            "f:spec": {
                "f:replicas": {},
                "f:selector": {},
                "f:template": {
                    "f:metadata": {"f:labels": {"f:app": {}}},
                    "f:spec": {
                        "f:containers": {
                            'k:{"name":"web"}': {
                                ".": {},
                                "f:name": {},
                                "f:image": {},
                                "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
                                "f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}},
                            }
                        }
                    },
                },
            },
        },
    }


def test_an_updater_owns_also_the_maps_and_lists_that_it_added() -> None:
    item = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop", "labels": {"a": "1"}, "finalizers": ["x/y"]}, "spec": {"ports": [{"port": 80}]}}
    assert fields(update(None, item, "kubectl", resource=SERVICE), "kubectl", "Update") == {
        "f:metadata": {"f:labels": {".": {}, "f:a": {}}, "f:finalizers": {".": {}, 'v:"x/y"': {}}},
        "f:spec": {"f:ports": {".": {}, 'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}},
    }


def test_nobody_owns_what_the_server_sets() -> None:
    about = {"name": "s", "namespace": "demo", "uid": "1", "resourceVersion": "7", "generation": 1, "creationTimestamp": EARLY, "deletionTimestamp": LATE}
    item = update(None, {"apiVersion": "v1", "kind": "Secret", "metadata": {**about, "deletionGracePeriodSeconds": 0}, "data": {"a": "QQ=="}}, resource=SECRET)
    assert fields(item, "kubectl", "Update") == {"f:data": {".": {}, "f:a": {}}}


# Conflicts


def test_a_scaled_deployment_is_a_conflict_for_the_chart_that_renders_replicas() -> None:
    item = scaled(apply(None, chart()), 5)
    refused = refusal(item, chart(replicas=2, image="web:2"))
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert refused.message == 'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas'
    assert refused.details["causes"][0]["field"] == ".spec.replicas"


def test_force_takes_the_field_back() -> None:
    item = apply(scaled(apply(None, chart()), 5), chart(replicas=3), force=True)
    assert item["spec"]["replicas"] == 3
    assert fields(item, "helm")["f:spec"]["f:replicas"] == {}
    assert entry(item, "kubectl", "Update", "scale") is None


def test_a_chart_that_does_not_render_replicas_lives_with_an_autoscaler() -> None:
    item = scaled(apply(None, chart(replicas=None)), 5, "horizontal-pod-autoscaler")
    item = apply(item, chart(replicas=None, image="web:2"))
    assert (item["spec"]["replicas"], web(item)["image"]) == (5, "web:2")


def test_conflicts_of_several_owners_are_listed_by_owner_with_paths_through_lists() -> None:
    item = apply(None, chart(ports=[{"containerPort": 80, "name": "http"}]))
    item = scaled(item, 5)
    theirs = copy.deepcopy(item)
    web(theirs)["image"] = "web:hot"
    web(theirs)["ports"][0]["name"] = "plain"
    item = update(item, theirs, "kubectl-edit")
    assert refusal(item, chart(replicas=2, ports=[{"containerPort": 80, "name": "http"}])).message == (
        'Apply failed with 3 conflicts: conflicts with "kubectl" with subresource "scale" using apps/v1:\n- .spec.replicas\n'
        'conflicts with "kubectl-edit" using apps/v1:\n'
        '- .spec.template.spec.containers[name="web"].image\n'
        '- .spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].name'
    )


def test_another_applier_is_named_without_a_version() -> None:
    item = apply(None, chart())
    assert refusal(item, chart(replicas=9), "argo").message == 'Apply failed with 1 conflict: conflict with "helm": .spec.replicas'


def test_the_same_name_as_updater_and_as_applier_are_two_managers() -> None:
    item = update(apply(None, chart(), "kubectl"), changed(apply(None, chart(), "kubectl"), replicas=4), "kubectl")
    assert '"kubectl" using apps/v1: .spec.replicas' in refusal(item, chart(), "kubectl").message


def test_what_equals_the_object_is_no_conflict_and_is_owned_together() -> None:
    item = apply(apply(None, chart()), chart(), "argo")
    assert fields(item, "helm") == fields(item, "argo")


def test_a_part_of_an_atomic_struct_is_no_conflict_when_the_rest_is_defaulted() -> None:
    source: Object = {"env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]}
    item = apply(None, chart(**source))
    assert web(item)["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    whole = {**item, "metadata": {"name": "shop", "namespace": "demo"}}
    item = update(None, whole, "kubectl-create")
    assert web(apply(item, chart(**source)))["env"] == web(item)["env"]


def test_a_smaller_selector_is_a_conflict_for_who_owns_the_larger() -> None:
    service: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}, "spec": {"selector": {"app": "s", "track": "c"}}}
    item = apply(None, service, resource=SERVICE)
    smaller = {**service, "spec": {"selector": {"app": "s"}}}
    assert refusal(item, smaller, "argo", SERVICE).message.endswith('"helm": .spec.selector')
    assert apply(item, smaller, resource=SERVICE)["spec"]["selector"] == {"app": "s"}


def test_an_object_without_owners_belonged_to_somebody_before_the_first_apply() -> None:
    item = stored({**chart(), "metadata": {"name": "shop", "namespace": "demo"}})
    assert '"before-first-apply" using apps/v1: .spec.replicas' in refusal(item, chart(replicas=9)).message


@pytest.mark.parametrize(
    ("env", "fault"),
    [
        ([{"name": "A"}, {"name": "A"}], '.spec.template.spec.containers[name="web"].env: duplicate entries for key [name="A"]'),
        ([{"value": "1"}], 'env: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)'),
    ],
)
def test_items_that_cannot_be_told_apart_are_refused(env: list[Object], fault: str) -> None:
    with pytest.raises(ApiError) as refused:
        apply(None, chart(env=env))
    assert refused.value.code == 500
    assert refused.value.message.startswith("failed to create typed patch object (demo/shop; apps/v1, Kind=Deployment): ")
    assert refused.value.message.endswith(fault)


# What is left out


def test_a_dropped_field_a_dropped_item_and_a_dropped_label_are_removed() -> None:
    item = apply(None, chart(labels={"a": "1", "b": "2"}, args=["x"], env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]))
    item = apply(item, chart(labels={"b": "2"}, env=[{"name": "B", "value": "2"}]))
    assert item["metadata"]["labels"] == {"b": "2"}
    assert "args" not in web(item)
    assert web(item)["env"] == [{"name": "B", "value": "2"}]


def test_the_last_of_its_labels_and_variables_leaves_no_empty_map_or_list() -> None:
    item = apply(apply(None, chart(labels={"a": "1"}, env=[{"name": "A", "value": "1"}])), chart())
    assert "labels" not in item["metadata"]
    assert item["metadata"]["name"] == "shop"
    assert "env" not in web(item)


def test_a_dropped_struct_goes_with_its_defaulted_fields() -> None:
    item = apply(None, chart(livenessProbe={"httpGet": {"path": "/", "port": 80}}))
    assert web(item)["livenessProbe"]["periodSeconds"] == 10
    assert "livenessProbe" not in web(apply(item, chart()))


def test_a_dropped_field_gets_its_default_back() -> None:
    assert apply(apply(None, chart(replicas=4)), chart(replicas=None))["spec"]["replicas"] == 1


def test_a_dropped_field_stays_for_who_else_owns_it() -> None:
    item = apply(apply(None, chart(labels={"a": "1"})), chart(labels={"a": "1"}), "argo")
    item = apply(item, chart())
    assert item["metadata"]["labels"] == {"a": "1"}
    assert "f:metadata" not in fields(item, "helm")
    assert "labels" not in apply(item, chart(), "argo")["metadata"]


def test_what_others_put_beside_ones_fields_stays() -> None:
    item = apply(None, chart(labels={"a": "1"}))
    theirs = copy.deepcopy(item)
    theirs["metadata"]["labels"]["theirs"] = "1"
    theirs["spec"]["template"]["spec"]["containers"].append({"name": "sidecar", "image": "s:1"})
    item = apply(update(item, theirs), chart(image="web:2"))
    assert item["metadata"]["labels"] == {"theirs": "1"}
    assert [each["image"] for each in item["spec"]["template"]["spec"]["containers"]] == ["web:2", "s:1"]


def test_a_volume_that_was_empty_and_gets_a_medium_is_not_removed() -> None:
    def with_volume(source: Object) -> Object:
        configuration = chart()
        configuration["spec"]["template"]["spec"]["volumes"] = [{"name": "v", "emptyDir": source}]
        return configuration

    item = apply(None, with_volume({}))
    item = apply(item, with_volume({"medium": "Memory"}))
    assert item["spec"]["template"]["spec"]["volumes"] == [{"name": "v", "emptyDir": {"medium": "Memory"}}]
    assert apply(item, with_volume({}))["spec"]["template"]["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_items_stand_in_the_order_of_the_configuration() -> None:
    item = apply(None, chart(env=[{"name": name, "value": "1"} for name in "ab"]))
    item = apply(item, chart(env=[{"name": name, "value": "1"} for name in "cba"]))
    assert [each["name"] for each in web(item)["env"]] == ["c", "b", "a"]


# Ordinary writes


def test_an_update_takes_what_it_changes_from_its_owner() -> None:
    item = scaled(apply(None, chart(), now=EARLY), 5)
    assert "f:replicas" not in fields(item, "helm")["f:spec"]
    assert entry(item, "helm")["time"] == EARLY  # type: ignore[index]
    assert fields(item, "kubectl", "Update", "scale") == {"f:spec": {"f:replicas": {}}}


def test_what_is_removed_leaves_every_set_and_an_entry_without_fields_goes() -> None:
    item = update(None, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "QQ=="}}, "one", resource=SECRET)
    item = update(item, {**item, "data": {"a": "QQ==", "b": "QQ=="}}, "two", resource=SECRET)
    assert fields(item, "two", "Update") == {"f:data": {"f:b": {}}}
    item = update(item, {**item, "data": {"b": "QQ=="}}, "three", resource=SECRET)
    assert fields(item, "one", "Update") == {"f:data": {}}
    assert entry(item, "three", "Update") is None
    item = update(item, {name: value for name, value in item.items() if name != "data"}, "three", resource=SECRET)
    assert "managedFields" not in item["metadata"]


def test_a_second_update_adds_to_the_entry_of_the_first() -> None:
    item = update(apply(None, chart()), changed(apply(None, chart()), paused=True), "kubectl", now=EARLY)
    item = update(item, changed(item, minReadySeconds=3), "kubectl", now=LATE)
    assert fields(item, "kubectl", "Update") == {"f:spec": {"f:paused": {}, "f:minReadySeconds": {}}}
    assert entry(item, "kubectl", "Update")["time"] == LATE  # type: ignore[index]


def test_status_and_main_writes_are_entries_of_their_own() -> None:
    item = apply(None, chart())
    status = {"replicas": 2, "conditions": [{"type": "Available", "status": "True"}]}
    item = update(item, {**item, "status": status}, "controller", sub="status")
    item = update(item, changed(item, paused=True), "controller")
    assert fields(item, "controller", "Update") == {"f:spec": {"f:paused": {}}}
    assert fields(item, "controller", "Update", "status") == {
        "f:status": {
            "f:replicas": {},
            "f:conditions": {".": {}, 'k:{"type":"Available"}': {".": {}, "f:type": {}, "f:status": {}}},
        }
    }


def test_a_status_in_an_applied_configuration_is_neither_taken_nor_owned() -> None:
    item = apply(None, chart())
    item = update(item, {**item, "status": {"replicas": 2}}, "controller", sub="status")
    item = apply(item, {**chart(), "status": {"replicas": 9}})
    assert item["status"] == {"replicas": 2}
    assert "f:status" not in fields(item, "helm")


def test_a_status_can_be_applied_through_its_subresource() -> None:
    item = apply(apply(None, chart()), {**chart(replicas=9), "status": {"replicas": 2}}, "controller", sub="status")
    assert (item["spec"]["replicas"], item["status"]) == (2, {"replicas": 2})
    assert fields(item, "controller", "Apply", "status") == {"f:status": {"f:replicas": {}}}


def test_an_update_that_changes_nothing_keeps_managed_fields_as_they_are() -> None:
    item = update(None, stored(chart()), "kubectl", now=EARLY)
    again = {**copy.deepcopy(item), "metadata": {**item["metadata"], "resourceVersion": "8"}}
    assert update(item, again, "kubectl", now=LATE) is again


def test_an_apply_that_changes_nothing_gives_the_object_itself() -> None:
    item = apply(None, chart(env=[{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]), now=EARLY)
    again = chart(env=[{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}])
    assert applied(item, again, resource=DEPLOYMENT, manager="helm", force=False, subresource="", now=LATE) is item


def test_a_write_without_managed_fields_keeps_those_of_before() -> None:
    item = update(None, stored(chart()), "kubectl", now=EARLY)
    bare = {**item, "metadata": {name: value for name, value in item["metadata"].items() if name != "managedFields"}}
    assert update(item, bare, "other") == item


def test_managed_fields_can_be_rewritten_and_reset_but_not_through_a_subresource() -> None:
    item = update(None, stored(chart()), "kubectl-client-side-apply", now=EARLY)
    moved = [{**item["metadata"]["managedFields"][0], "manager": "helm", "operation": "Apply"}]
    rewritten = {**item, "metadata": {**item["metadata"], "managedFields": moved}}
    assert entry(update(item, rewritten, "kubectl"), "helm")
    assert entry(update(item, rewritten, "kubectl", sub="status"), "helm") is None
    assert "managedFields" not in update(item, {**item, "metadata": {**item["metadata"], "managedFields": [{}]}})["metadata"]


def test_a_list_with_two_items_of_one_key_is_owned_as_a_whole() -> None:
    doubled = stored(chart(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]))
    item = update(None, doubled, "kubectl")
    assert fields(item, "kubectl", "Update")["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']["f:env"] == {}
    assert refusal(item, chart(env=[{"name": "A", "value": "1"}])).message.endswith('.spec.template.spec.containers[name="web"].env')
