"""What happens to objects whose owners go."""

from typing import Any

import pytest

from twin.cluster.client.kinds import PODS, REPLICA_SETS, Object
from twin.cluster.controllers.garbage_collection.decisions import Action, Delete, Disown, Finish, LetGo, decide, without_owner
from twin.cluster.controllers.garbage_collection.graph import Graph


def item(uid: str, *owners: str, deleting: bool = False, finalizers: tuple[str, ...] = (), blocking: bool = True) -> Object:
    about: Object = {"uid": uid, "name": uid, "ownerReferences": [reference(owner, blocking=blocking) for owner in owners]}
    if deleting:
        about["deletionTimestamp"] = "2026-11-24T12:00:00Z"
    return {"metadata": {**about, "finalizers": list(finalizers)}}


def reference(uid: str, *, blocking: bool = True) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "name": uid, "uid": uid, "blockOwnerDeletion": blocking}


WAITING = item("waiting", deleting=True, finalizers=("foregroundDeletion",))
PRESENT = item("present")


@pytest.mark.parametrize(
    ("what", "owners", "dependents", "expected"),
    [
        pytest.param(item("a"), {}, [], None, id="without an owner it stays"),
        pytest.param(item("a", "present"), {"present": PRESENT}, [], None, id="with its owner it stays"),
        pytest.param(item("a", "gone"), {"gone": None}, [], Delete("Background"), id="without its owner it goes"),
        pytest.param(
            item("a", "gone", "present"),
            {"gone": None, "present": PRESENT},
            [],
            Disown([reference("present")]),
            id="with one of two owners it stays, of that one",
        ),
        pytest.param(item("a", "gone", finalizers=("orphan",)), {"gone": None}, [], Delete("Orphan"), id="its own finalizers say how it goes"),
        pytest.param(item("a", "waiting"), {"waiting": WAITING}, [], Delete("Background"), id="its owner waits for it"),
        pytest.param(item("a", "waiting"), {"waiting": WAITING}, [item("b", "a")], Delete("Foreground"), id="its owner waits for it and for what it owns"),
        pytest.param(item("a", "waiting", blocking=False), {"waiting": WAITING}, [], None, id="its owner doesn't wait for it, and is still there"),
        pytest.param(item("a", "gone", deleting=True), {}, [], None, id="it is going already"),
        pytest.param(WAITING, {}, [item("a", "waiting")], None, id="foreground: a dependent is left"),
        pytest.param(WAITING, {}, [item("a", "waiting", blocking=False)], Finish("foregroundDeletion"), id="foreground: only one that doesn't block is left"),
        pytest.param(WAITING, {}, [], Finish("foregroundDeletion"), id="foreground: all are gone"),
        pytest.param(item("a", deleting=True, finalizers=("orphan",)), {}, [], Finish("orphan"), id="orphan: none is left"),
        pytest.param(item("a", deleting=True, finalizers=("example.com/mine",)), {}, [], None, id="another's finalizer is not ours"),
    ],
)
def test_decisions(what: Object, owners: dict[str, Any], dependents: list[Object], expected: Action | None) -> None:
    assert decide(what, owners, dependents) == expected


def test_orphans_are_let_go_first() -> None:
    dependents = [item("b", "a")]
    assert decide(item("a", deleting=True, finalizers=("orphan",)), {}, dependents) == LetGo(dependents)


def test_an_orphan_keeps_its_other_owners() -> None:
    assert without_owner(item("b", "a", "c"), "a") == [reference("c")]


def test_the_graph_finds_dependents_of_an_owner_that_is_gone() -> None:
    graph = Graph()
    owner, dependent = item("owner"), item("dependent", "owner")
    graph.put(REPLICA_SETS, owner)
    graph.put(PODS, dependent)
    graph.remove(owner)
    assert graph.get("owner") is None
    assert [member.item for member in graph.dependents("owner")] == [dependent]


def test_the_graph_follows_changed_owners() -> None:
    graph = Graph()
    graph.put(PODS, item("dependent", "one"))
    graph.put(PODS, item("dependent", "two"))
    assert graph.dependents("one") == []
    assert len(graph.dependents("two")) == 1
    graph.remove(item("dependent", "two"))
    assert graph.dependents("two") == []
