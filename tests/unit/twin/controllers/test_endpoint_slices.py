"""The pods behind a Service."""

import copy

import pytest

from tests.unit.twin.controllers.objects import pod
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.endpoint_slices.slices import Content, changes, contents


def service(target: int | str = "http", **spec: object) -> Object:
    about = {"name": "web", "namespace": "dev", "uid": "service"}
    ports = [{"name": "main", "port": 80, "targetPort": target, "protocol": "TCP"}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": {"selector": {"app": "web"}, "ports": ports, **spec}}


def conditions_of(item: Object, asked: Object | None = None) -> tuple[bool, bool, bool]:
    ((endpoint,),) = [content.endpoints for content in contents(asked or service(), [item])]
    found = endpoint["conditions"]
    return found["ready"], found["serving"], found["terminating"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(pod("a"), (True, True, False), id="ready"),
        pytest.param(pod("a", ready_for=None), (False, False, False), id="not ready"),
        pytest.param(pod("a", leaving=True), (False, True, True), id="leaving, and still serving"),
        pytest.param(pod("a", leaving=True, ready_for=None), (False, False, True), id="leaving"),
    ],
)
def test_conditions_of_an_endpoint(item: Object, expected: tuple[bool, bool, bool]) -> None:
    assert conditions_of(item) == expected


def test_a_service_may_publish_pods_that_are_not_ready() -> None:
    assert conditions_of(pod("a", ready_for=None), service(publishNotReadyAddresses=True)) == (True, True, False)


def test_pods_that_ended_have_no_address_or_other_labels_are_left_out() -> None:
    other = pod("c")
    other["metadata"]["labels"] = {"app": "other"}
    elsewhere = pod("d")
    elsewhere["metadata"]["namespace"] = "prod"
    assert contents(service(), [pod("a", phase="Failed"), pod("b", podIP=""), other, elsewhere]) == []


def test_an_endpoint_names_its_pod_and_node() -> None:
    ((endpoint,),) = [content.endpoints for content in contents(service(), [pod("a")])]
    assert endpoint["addresses"] == ["127.1.0.1"]
    assert endpoint["nodeName"] == "node-1"
    assert endpoint["targetRef"] == {"kind": "Pod", "namespace": "dev", "name": "a", "uid": "a"}


@pytest.mark.parametrize(("target", "expected"), [("http", 8000), (9000, 9000)])
def test_ports_are_numbers_or_names_of_container_ports(target: int | str, expected: int) -> None:
    (content,) = contents(service(target), [pod("a")])
    assert content.ports == [{"name": "main", "port": expected, "protocol": "TCP"}]


def test_a_name_that_no_container_knows_gives_no_port() -> None:
    (content,) = contents(service("metrics"), [pod("a")])
    assert content.ports == []


def moved(item: Object) -> Object:
    changed = copy.deepcopy(item)
    changed["spec"]["containers"][0]["ports"][0]["containerPort"] = 8080
    return changed


def test_pods_that_call_another_number_by_the_same_name_get_a_slice_of_their_own() -> None:
    assert [content.ports[0]["port"] for content in contents(service(), [pod("a"), moved(pod("b"))])] == [8000, 8080]


def test_a_first_slice_belongs_to_its_service() -> None:
    (made,) = changes(service(), contents(service(), [pod("a")]), []).create
    assert made["metadata"]["labels"] == {"kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    assert made["metadata"]["ownerReferences"][0]["uid"] == "service"
    assert made["metadata"]["generateName"] == "web-"


def stored(*items: Object) -> Object:
    (made,) = changes(service(), contents(service(), items), []).create
    return {**made, "metadata": {**made["metadata"], "name": "web-1", "uid": "slice", "resourceVersion": "1"}}


def test_a_slice_that_is_right_is_left_alone() -> None:
    due = changes(service(), contents(service(), [pod("a")]), [stored(pod("a"))])
    assert (due.create, due.replace, due.delete) == ([], [], [])


def test_a_change_of_one_pod_replaces_the_slice() -> None:
    due = changes(service(), contents(service(), [pod("a", leaving=True)]), [stored(pod("a"))])
    (replaced,) = due.replace
    assert replaced["metadata"]["name"] == "web-1"
    assert [endpoint["conditions"]["ready"] for endpoint in replaced["endpoints"]] == [False]


def test_without_pods_one_empty_slice_stays() -> None:
    (replaced,) = changes(service(), [], [stored(pod("a"))]).replace
    assert replaced["endpoints"] == []
    (made,) = changes(service(), [], []).create
    assert made["endpoints"] == []


def test_other_ports_make_another_slice_and_remove_the_first() -> None:
    present = stored(pod("a"))
    due = changes(service(), contents(service(), [moved(pod("a"))]), [present])
    assert len(due.create) == 1
    assert due.delete == [present]


def test_a_service_that_lost_its_selector_loses_its_slices() -> None:
    present = stored(pod("a"))
    assert changes(service(selector={}), [Content([], [])], [present]).delete == [present]
