"""How a ReplicaSet gets to the pods it asks for."""

from datetime import timedelta

import pytest

from tests.unit.twin.controllers.objects import NOW, at, pod, replica_set
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.ownership import reference_to
from twin.cluster.controllers.replica_set.deletion_preference import first_to_go
from twin.cluster.controllers.replica_set.replicas import batches, need_of, new_pod, replicas_of
from twin.cluster.controllers.replica_set.status import failed_create, seconds_until_available, status_of


def of(owner: Object, item: Object) -> Object:
    return {**item, "metadata": {**item["metadata"], "ownerReferences": [reference_to(owner)]}}


def with_cost(item: Object, cost: str) -> Object:
    return {**item, "metadata": {**item["metadata"], "annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}}}


def restarted(times: int) -> list[Object]:
    return [{"name": "app", "restartCount": times}]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(pod("a", node="", ready_for=None), pod("b", ready_for=None, age=1), id="without a node before with one"),
        pytest.param(pod("a", phase="Pending", ready_for=None), pod("b", ready_for=None, age=1), id="pending before running"),
        pytest.param(pod("a", ready_for=None), pod("b", age=1), id="not ready before ready"),
        pytest.param(with_cost(pod("a"), "-5"), pod("b", age=1), id="cheap before dear"),
        pytest.param(pod("a", ready_for=10), pod("b", ready_for=90, age=1), id="shortly ready before long ready"),
        pytest.param(pod("a", containerStatuses=restarted(3)), pod("b", age=1, containerStatuses=restarted(1)), id="often restarted before seldom"),
        pytest.param(pod("a", age=1), pod("b", age=50), id="young before old"),
    ],
)
def test_deletion_preference(first: Object, second: Object) -> None:
    assert first_to_go([second, first]) == [first, second]
    assert first_to_go([first, second]) == [first, second]


def test_only_active_pods_of_its_own_count() -> None:
    owner, namesake = replica_set("web:1", 3), replica_set("web:2", 3)
    pods = [of(owner, pod("a")), of(owner, pod("b", leaving=True)), of(owner, pod("c", phase="Failed")), of(namesake, pod("d")), pod("e"), of(owner, pod("f"))]
    assert [each["metadata"]["name"] for each in replicas_of(owner, pods, doomed={"f"})] == ["a"]


def test_missing_pods_are_made_and_the_least_useful_surplus_deleted() -> None:
    assert need_of(replica_set("web:1", 3), [pod("a")]).missing == 2
    assert need_of(replica_set("web:1", 1), [pod("a"), pod("b", ready_for=None)]).surplus == (pod("b", ready_for=None),)


def test_a_replica_set_that_is_being_deleted_makes_nothing() -> None:
    owner = replica_set("web:1", 3)
    owner["metadata"]["deletionTimestamp"] = at(0)
    assert need_of(owner, []).missing == 0


def test_pods_are_asked_for_in_growing_batches() -> None:
    assert list(batches(10)) == [1, 2, 4, 3]
    assert list(batches(0)) == []


def test_a_new_pod_has_its_owner_and_the_templates_labels() -> None:
    owner = replica_set("web:1", 3)
    made = new_pod(owner)
    assert made["metadata"]["generateName"] == "web-1-"
    assert made["metadata"]["ownerReferences"] == [reference_to(owner)]
    assert made["metadata"]["labels"] == owner["spec"]["template"]["metadata"]["labels"]


def test_a_ready_pod_is_available_after_min_ready_seconds() -> None:
    owner = replica_set("web:1", 2)
    owner["spec"]["minReadySeconds"] = 30
    replicas = [pod("a", ready_for=30), pod("b", ready_for=20)]
    status = status_of(owner, replicas, None, NOW)
    assert (status["readyReplicas"], status["availableReplicas"]) == (2, 1)
    assert seconds_until_available(owner, replicas, NOW) == 10
    assert seconds_until_available(owner, replicas, NOW + timedelta(seconds=10)) is None


def test_a_refusal_is_reported_in_the_servers_words_until_pods_are_made_again() -> None:
    owner = replica_set("web:1", 1)
    owner["status"] = status_of(owner, [], failed_create("exceeded quota"), NOW)
    assert owner["status"]["conditions"] == [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota", "lastTransitionTime": at(0)}
    ]
    assert status_of(owner, [], failed_create("exceeded quota by another name"), NOW + timedelta(seconds=9)) == owner["status"]
    assert "conditions" not in status_of(owner, [pod("a")], None, NOW)
