"""Which ReplicaSet has the current template, and how revisions are counted."""

from tests.unit.twin.controllers.objects import deployment, generations, replica_set
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.deployment.revisions import (
    DESIRED,
    HASH_LABEL,
    MOST,
    REVISION,
    due_revision,
    forgettable,
    generations_of,
    new_replica_set,
    template_hash,
)


def names(items: list[Object]) -> list[str]:
    return [item["metadata"]["name"] for item in items]


def test_the_template_without_its_hash_finds_the_replica_set() -> None:
    found = generations_of(deployment("web:2"), [replica_set("web:1", 3, age=2), replica_set("web:2", 0, age=1)])
    assert found.current is not None
    assert found.current["metadata"]["name"] == "web-2"
    assert names(list(found.old)) == ["web-1"]


def test_old_ones_come_oldest_first() -> None:
    found = generations_of(deployment("web:9"), [replica_set("web:2", 0, age=1), replica_set("web:1", 3, age=2)])
    assert found.current is None
    assert names(list(found.old)) == ["web-1", "web-2"]


def test_a_template_that_comes_back_becomes_the_newest_revision() -> None:
    back = generations(replica_set("web:1", 0, revision=1), replica_set("web:2", 3, revision=2), replica_set("web:3", 0, revision=3))
    assert due_revision(back) == 4


def test_the_newest_revision_stays_what_it_is() -> None:
    assert due_revision(generations(replica_set("web:3", 3, revision=7), replica_set("web:2", 0, revision=2))) == 7


def test_the_first_revision_is_1() -> None:
    assert due_revision(generations(None)) == 1


def test_a_new_replica_set_carries_the_hash_in_labels_selector_and_pods() -> None:
    owner = deployment()
    owner["metadata"]["annotations"] = {"kubernetes.io/change-cause": "a fix", REVISION: "1", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    made = new_replica_set(owner, revision=2, replicas=1, most=4)
    mark = made["metadata"]["labels"][HASH_LABEL]
    assert made["metadata"]["name"] == f"web-{mark}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", HASH_LABEL: mark}
    assert made["spec"]["template"]["metadata"]["labels"] == {"app": "web", HASH_LABEL: mark}
    assert made["metadata"]["annotations"] == {"kubernetes.io/change-cause": "a fix", REVISION: "2", DESIRED: "3", MOST: "4"}
    assert HASH_LABEL not in owner["spec"]["template"]["metadata"]["labels"]


def test_the_hash_depends_on_the_template_and_on_collisions_only() -> None:
    one = template_hash({"spec": {"a": 1, "b": 2}}, 0)
    assert one == template_hash({"spec": {"b": 2, "a": 1}}, 0)
    assert one != template_hash({"spec": {"a": 1, "b": 3}}, 0)
    assert one != template_hash({"spec": {"a": 1, "b": 2}}, 1)


def test_the_lowest_revisions_beyond_the_limit_are_forgotten() -> None:
    old = [replica_set("web:1", 0, revision=4), replica_set("web:2", 0, revision=2), replica_set("web:3", 0, revision=3)]
    assert names(forgettable(deployment(revisionHistoryLimit=1), old)) == ["web-2", "web-3"]


def test_a_replica_set_with_pods_is_never_forgotten() -> None:
    busy, unseen = replica_set("web:1", 1), replica_set("web:2", 0)
    unseen["metadata"]["generation"] = 2
    assert forgettable(deployment(revisionHistoryLimit=0), [busy, unseen]) == []
