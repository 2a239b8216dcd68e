"""The three patches: what each changes, what it leaves alone, and which answers a patch gets that can't be applied."""

import copy
from typing import Any

import pytest

from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, patched

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "shop", "labels": {"app": "shop", "tier": "web"}, "finalizers": ["a", "b"]},
    "spec": {
        "replicas": 2,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "web:1",
                        "env": [{"name": "MODE", "value": "slow"}, {"name": "LEVEL", "value": "1"}],
                        "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 90, "protocol": "TCP", "name": "admin"}],
                        "args": ["--one"],
                    },
                    {"name": "proxy", "image": "proxy:1"},
                ],
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"key": "spot"}],
            }
        },
    },
}


def strategic(patch: Any) -> Any:
    before = copy.deepcopy(DEPLOYMENT)
    result = patched(DEPLOYMENT, STRATEGIC_MERGE_PATCH, patch, "V1Deployment")
    assert before == DEPLOYMENT
    return result


def pod_patch(**spec: Any) -> Any:
    return strategic({"spec": {"template": {"spec": {name.replace("__", "$"): value for name, value in spec.items()}}}})["spec"]["template"]["spec"]


def containers(*patch: Any, **directives: Any) -> list[Any]:
    spec = {"containers": list(patch), **{f"$setElementOrder/{name}": value for name, value in directives.items()}}
    found: list[Any] = strategic({"spec": {"template": {"spec": spec}}})["spec"]["template"]["spec"]["containers"]
    return found


def refusal(content_type: str, patch: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        patched(DEPLOYMENT, content_type, patch, "V1Deployment")
    return refused.value


def test_an_unknown_content_type_is_unsupported() -> None:
    assert refusal("application/json", {}).code == 415


def test_a_content_type_may_have_parameters() -> None:
    assert patched(DEPLOYMENT, f"{MERGE_PATCH}; charset=utf-8", {"spec": {"replicas": 5}}, "V1Deployment")["spec"]["replicas"] == 5


@pytest.mark.parametrize("content_type", [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH])
def test_a_body_of_the_wrong_shape_is_a_bad_request(content_type: str) -> None:
    assert refusal(content_type, "replicas").code == 400


# JSON patch


def test_operations_change_a_copy() -> None:
    before = copy.deepcopy(DEPLOYMENT)
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
        {"op": "remove", "path": "/metadata/labels/tier"},
        {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--two"},
    ]
    result = patched(DEPLOYMENT, JSON_PATCH, operations, "V1Deployment")
    assert result["spec"]["replicas"] == 3
    assert result["metadata"]["labels"] == {"app": "shop"}
    assert result["spec"]["template"]["spec"]["containers"][0]["args"] == ["--one", "--two"]
    assert before == DEPLOYMENT


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/replicas", "value": 7},
        {"op": "remove", "path": "/spec/paused"},
        {"op": "add", "path": "/metadata/annotations/note", "value": "x"},
        {"op": "replace", "path": "", "value": 3},
    ],
)
def test_operations_that_fail_are_answered_as_a_real_server_does_with_the_reason_as_a_cause(operation: Any) -> None:
    refused = refusal(JSON_PATCH, [operation])
    assert (refused.code, refused.reason) == (422, "Invalid")
    assert refused.message == "the server rejected our request due to an error in our request"
    assert refused.details["causes"][0]["message"]


@pytest.mark.parametrize("operation", ["x", {"op": "fly", "path": "/spec"}, {"path": "/spec"}, {"op": "add", "path": "/spec/paused"}])
def test_what_is_no_operation_is_a_bad_request(operation: Any) -> None:
    assert refusal(JSON_PATCH, [operation]).code == 400


# Merge patch


def test_a_null_removes_a_member_and_lists_are_replaced() -> None:
    patch = {"metadata": {"labels": {"tier": None, "new": "1"}, "annotations": {"kept": "yes", "never": None}, "finalizers": ["c"]}}
    about = patched(DEPLOYMENT, MERGE_PATCH, patch, "V1Deployment")["metadata"]
    assert about["labels"] == {"app": "shop", "new": "1"}
    assert about["annotations"] == {"kept": "yes"}
    assert about["finalizers"] == ["c"]
    assert DEPLOYMENT["metadata"]["labels"] == {"app": "shop", "tier": "web"}


# Strategic merge patch


def test_containers_merge_by_name_and_new_ones_are_added() -> None:
    web, proxy, log = containers(
        {"name": "log", "image": "log:1"}, {"name": "web", "image": "web:2"}, containers=[{"name": each} for each in ("web", "proxy", "log")]
    )
    assert (web["image"], web["args"]) == ("web:2", ["--one"])
    assert proxy == {"name": "proxy", "image": "proxy:1"}
    assert log == {"name": "log", "image": "log:1"}


def test_environment_and_ports_merge_by_name_and_number() -> None:
    web, _ = containers(
        {"name": "web", "env": [{"name": "MODE", "value": "fast"}, {"name": "NEW", "value": "1"}], "ports": [{"containerPort": 90, "name": "metrics"}]},
        containers=[{"name": "web"}, {"name": "proxy"}],
    )
    assert {each["name"]: each["value"] for each in web["env"]} == {"MODE": "fast", "LEVEL": "1", "NEW": "1"}
    assert web["ports"] == [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 90, "protocol": "TCP", "name": "metrics"}]


def test_a_list_without_a_key_and_an_unknown_member_are_replaced() -> None:
    spec = pod_patch(tolerations=[{"key": "other"}])
    assert spec["tolerations"] == [{"key": "other"}]


def test_maps_that_are_atomic_for_server_side_apply_still_merge() -> None:
    assert pod_patch(nodeSelector={"zone": "a"})["nodeSelector"] == {"disk": "ssd", "zone": "a"}


def test_set_element_order_puts_items_in_the_order_of_the_patch() -> None:
    assert [each["name"] for each in containers(containers=[{"name": "proxy"}, {"name": "web"}])] == ["proxy", "web"]


def test_items_that_the_order_does_not_name_keep_their_place() -> None:
    web, _ = containers(
        {"name": "web", "$setElementOrder/env": [{"name": "NEW"}, {"name": "LEVEL"}], "env": [{"name": "NEW", "value": "1"}]},
        containers=[{"name": "web"}, {"name": "proxy"}],
    )
    assert [each["name"] for each in web["env"]] == ["NEW", "MODE", "LEVEL"]


def test_an_item_is_deleted_by_its_key() -> None:
    assert [each["name"] for each in containers({"name": "proxy", "$patch": "delete"})] == ["web"]


def test_a_directive_replaces_a_whole_list() -> None:
    assert containers({"$patch": "replace"}, {"name": "only", "image": "only:1"}) == [{"name": "only", "image": "only:1"}]


def test_a_directive_replaces_or_empties_a_map() -> None:
    assert strategic({"metadata": {"labels": {"$patch": "replace", "new": "1"}}})["metadata"]["labels"] == {"new": "1"}
    assert strategic({"metadata": {"labels": {"$patch": "delete"}}})["metadata"]["labels"] == {}
    assert strategic({"metadata": {"labels": {"$patch": "merge", "tier": None}}})["metadata"]["labels"] == {"app": "shop"}


def test_retain_keys_drives_out_what_it_does_not_name() -> None:
    assert strategic({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}})["spec"]["strategy"] == {"type": "Recreate"}


def test_values_are_added_to_and_deleted_from_sets_of_scalars() -> None:
    assert strategic({"metadata": {"finalizers": ["c", "b"]}})["metadata"]["finalizers"] == ["c", "a", "b"]
    assert strategic({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}})["metadata"]["finalizers"] == ["b"]
    patch = {"metadata": {"$setElementOrder/finalizers": ["c", "b"], "$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}}
    assert strategic(patch)["metadata"]["finalizers"] == ["c", "b"]


def test_directives_and_nulls_never_reach_the_object() -> None:
    patch = {"metadata": {"annotations": {"kept": "1", "gone": None}}, "spec": {"template": {"spec": {"volumes": [{"name": "v", "$patch": "delete"}]}}}}
    result = strategic(patch)
    assert result["metadata"]["annotations"] == {"kept": "1"}
    assert result["spec"]["template"]["spec"]["volumes"] == []


@pytest.mark.parametrize(
    "patch",
    [
        {"metadata": {"labels": {"$patch": "explode"}}},
        {"spec": {"template": {"spec": {"containers": [{"image": "nameless:1"}]}}}},
        {"spec": {"template": {"spec": {"containers": ["web"]}}}},
        {"spec": {"template": {"spec": {"containers": [{"name": ["web"]}]}}}},
        {"metadata": {"finalizers": [{"a": 1}]}},
        {"spec": {"strategy": {"$retainKeys": "type"}}},
        {"spec": {"strategy": {"$retainKeys": ["type"], "rollingUpdate": {"maxSurge": 1}}}},
        {"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}},
        {"spec": {"template": {"spec": {"$setElementOrder/tolerations": [{"key": "spot"}]}}}},
    ],
)
def test_a_strategic_patch_without_sense_is_a_bad_request(patch: Any) -> None:
    assert refusal(STRATEGIC_MERGE_PATCH, patch).code == 400
