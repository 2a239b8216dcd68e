"""Which fields count as somebody's manual change that an upgrade would set back."""

from typing import Any

from slipway.domain.manual_changes import overwritten
from slipway.domain.plain_text import REPLACEMENT

AT = "2026-11-24T11:00:00Z"


def owned(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "time": AT, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any], replicas: int = 5, image: str = "app:evil", cpu: str = "500m", **metadata: Any) -> dict[str, Any]:
    container = {"name": "app", "image": image, "resources": {"limits": {"cpu": cpu}}, "ports": [{"containerPort": 8080, "protocol": "TCP", "name": "web"}]}
    return {
        "metadata": {"name": "app", "managedFields": list(entries), **metadata},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}},
    }


RENDERED = {
    "metadata": {"name": "app", "labels": {"app.kubernetes.io/name": "app"}},
    "spec": {
        "replicas": 3,
        "template": {
            "spec": {
                "containers": [{"name": "app", "image": "app:good", "resources": {"limits": {"cpu": 0.5}}, "ports": [{"containerPort": 8080, "name": "http"}]}]
            }
        },
    },
}
REPLICAS = {"f:spec": {"f:replicas": {}}}


def in_container(fields: dict[str, Any]) -> dict[str, Any]:
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': fields}}}}}


def found(*entries: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    return [(change.field, change.manager) for change in overwritten("Deployment/app", RENDERED, live(*entries, **more))]


def test_fields_that_people_took_are_named_with_their_program_and_when() -> None:
    [change] = overwritten("Deployment/app", RENDERED, live(owned("kubectl-scale", REPLICAS)))
    assert (change.object, change.field, change.manager) == ("Deployment/app", "spec.replicas", "kubectl-scale")
    assert change.at is not None and change.at.isoformat() == "2026-11-24T11:00:00+00:00"


def test_lists_are_followed_by_their_keys() -> None:
    assert found(owned("kubectl-set", in_container({"f:image": {}}))) == [("spec.template.spec.containers[name=app].image", "kubectl-set")]
    port = in_container({"f:ports": {'k:{"containerPort":8080,"protocol":"TCP"}': {".": {}, "f:name": {}}}})
    assert found(owned("kubectl-edit", port)) == [
        ("spec.template.spec.containers[name=app].ports[containerPort=8080, protocol=TCP].name", "kubectl-edit"),
    ]


def test_an_equal_value_is_no_change_however_it_is_written() -> None:
    assert found(owned("kubectl-edit", {**REPLICAS}), replicas=3) == []
    assert found(owned("kubectl-edit", in_container({"f:resources": {"f:limits": {"f:cpu": {}}}})), cpu="500m") == []
    assert found(owned("kubectl-edit", in_container({"f:resources": {"f:limits": {"f:cpu": {}}}})), cpu="1") != []


def test_what_the_chart_does_not_set_stays_as_it_is_and_is_not_named() -> None:
    added = {"f:metadata": {"f:annotations": {".": {}, "f:note": {}}}, "f:spec": {"f:paused": {}, "f:minReadySeconds": {}}}
    assert found(owned("kubectl-edit", added)) == []
    assert found(owned("kubectl-edit", in_container({"f:env": {'k:{"name":"DEBUG"}': {"f:value": {}}}}))) == []


def test_helm_and_controllers_do_not_count() -> None:
    assert found(owned("helm", REPLICAS, "Apply")) == []
    assert found(owned("kube-controller-manager", REPLICAS), owned("kubelet", REPLICAS), owned("kubectl-edit", REPLICAS, subresource="status")) == []


def test_an_autoscaler_counts_where_the_chart_sets_replicas_too() -> None:
    assert found(owned("kube-controller-manager", REPLICAS, subresource="scale")) == [("spec.replicas", "kube-controller-manager")]
    without = {"metadata": RENDERED["metadata"], "spec": {}}
    assert overwritten("Deployment/app", without, live(owned("kube-controller-manager", REPLICAS, subresource="scale"))) == []


def test_a_label_with_dots_is_quoted_and_hostile_names_are_flattened() -> None:
    labels = {"f:metadata": {"f:labels": {"f:app.kubernetes.io/name": {}}}}
    assert found(owned("kubectl-label", labels), labels={"app.kubernetes.io/name": "other"}) == [('metadata.labels["app.kubernetes.io/name"]', "kubectl-label")]
    [(_, manager)] = found(owned("x\n\x1b[2J" + "y" * 500, REPLICAS))
    assert "\n" not in manager and REPLACEMENT in manager and len(manager) <= 100


def test_no_value_of_a_secret_is_in_the_answer() -> None:
    rendered = {"kind": "Secret", "data": {"password": "bmV3"}}
    there = {"metadata": {"managedFields": [owned("kubectl-edit", {"f:data": {"f:password": {}}})]}, "data": {"password": "b2xk"}}
    [change] = overwritten("Secret/app", rendered, there)
    assert change.field == "data.password" and "b2xk" not in repr(change) and "bmV3" not in repr(change)


def test_an_object_without_managed_fields_has_no_changes() -> None:
    assert overwritten("Deployment/app", RENDERED, {}) == [] and overwritten("Deployment/app", RENDERED, {"metadata": {"managedFields": None}}) == []
