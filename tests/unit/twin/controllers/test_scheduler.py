"""Which node a pod gets."""

import pytest

from tests.unit.twin.controllers.objects import pod
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.scheduler import choose, unschedulable, waits_for_node


def node(name: str, *, ready: str = "True", cordoned: bool = False, labels: dict[str, str] | None = None) -> Object:
    about = {"name": name, "labels": labels or {}}
    return {"metadata": about, "spec": {"unschedulable": True} if cordoned else {}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def unplaced(**spec: object) -> Object:
    item = pod("a", node="", phase="Pending", ready_for=None)
    return {**item, "spec": {**item["spec"], **spec}}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(unplaced(), True, id="pending"),
        pytest.param(pod("a"), False, id="placed"),
        pytest.param(pod("a", node="", leaving=True), False, id="leaving"),
        pytest.param(unplaced(schedulerName="another"), False, id="another scheduler's"),
        pytest.param(unplaced(schedulingGates=[{"name": "wait"}]), False, id="gated"),
    ],
)
def test_which_pods_wait_for_a_node(item: Object, expected: bool) -> None:
    assert waits_for_node(item) is expected


def test_the_ready_node_with_the_fewest_pods_is_taken() -> None:
    nodes = [node("a"), node("b"), node("c", ready="Unknown"), node("d", cordoned=True)]
    assert choose(unplaced(), nodes, {"a": 3, "b": 1}) == "b"


def test_a_node_selector_is_respected() -> None:
    nodes = [node("a"), node("b", labels={"disk": "fast"})]
    assert choose(unplaced(nodeSelector={"disk": "fast"}), nodes, {"b": 9}) == "b"


def test_without_a_fitting_node_the_pod_says_why() -> None:
    assert choose(unplaced(), [node("a", ready="False")], {}) is None
    condition = unschedulable([node("a", ready="False")])
    assert (condition.status, condition.reason) == ("False", "Unschedulable")
    assert condition.message == "0/1 nodes are available: 1 node(s) were not ready or unschedulable."
    assert unschedulable([]).message == "no nodes available to schedule pods"
