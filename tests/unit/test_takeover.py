"""What people's tools own in an object becomes Helm's before Helm changes it; what anybody else owns stays theirs."""

import copy
from typing import Any

import pytest

from slipway.adapters.kubernetes_takeover import with_taken_over

ENV = {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': {"f:env": {'k:{"name":"BY_HAND"}': {".": {}, "f:value": {}}}}}}}}}


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


HELM = entry("helm", {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': {"f:image": {}}}}}}}, "Apply")


@pytest.mark.parametrize("manager", ["kubectl-set", "kubectl-edit", "kubectl-patch", "kubectl-client-side-apply", "kubectl", "k9s", "node-fetch"])
def test_what_a_person_added_becomes_helms(manager: str) -> None:
    given = [HELM, entry(manager, ENV)]
    before = copy.deepcopy(given)
    (helm,) = with_taken_over(given) or []
    assert (helm["manager"], helm["operation"]) == ("helm", "Apply")
    container = helm["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"app"}']
    assert container == {"f:image": {}, "f:env": {'k:{"name":"BY_HAND"}': {".": {}, "f:value": {}}}}
    assert given == before


@pytest.mark.parametrize(
    "other",
    [
        entry("kube-controller-manager", ENV),
        entry("controller", {"f:metadata": {"f:finalizers": {}}}),
        entry("kubectl", {"f:spec": {"f:replicas": {}}}, subresource="scale"),
        entry("kubectl-edit", {"f:spec": {"f:replicas": {}}}),
        entry("kubectl-label", {"f:metadata": {"f:labels": {"f:by-hand": {}}}}),
        entry("kubectl-set", {}),
    ],
)
def test_what_controllers_own_how_many_pods_there_are_and_labels_stay_as_they_are(other: dict[str, Any]) -> None:
    assert with_taken_over([HELM, other]) is None


def test_an_owner_of_both_keeps_what_is_not_taken() -> None:
    person = entry("kubectl-edit", {"f:metadata": {"f:labels": {"f:by-hand": {}}}, "f:spec": {"f:replicas": {}, "f:paused": {}}})
    left, helm = with_taken_over([HELM, person]) or []
    assert left["fieldsV1"] == {"f:metadata": {"f:labels": {"f:by-hand": {}}}, "f:spec": {"f:replicas": {}}}
    assert helm["fieldsV1"]["f:spec"].keys() == {"f:template", "f:paused"}


@pytest.mark.parametrize("helm", [[], [entry("helm", {"f:spec": {}})], [entry("helm", {"f:status": {}}, "Apply", subresource="status")]])
def test_an_object_that_helm_never_applied_is_left_alone(helm: list[dict[str, Any]]) -> None:
    assert with_taken_over([*helm, entry("kubectl-set", ENV)]) is None
