"""Lists and watches, on which every controller, `kubectl wait` and Helm's `--wait` stand."""

import json
from collections.abc import Iterator

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object

WATCHES = "https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes"
STREAMING_LISTS = "https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists"
PAGES = "https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks"
SELECTORS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#list-and-watch-filtering"


def seen(events: Iterator[Object]) -> tuple[str, str, Object]:
    """Type and name of the next event that is no bookmark, and its object."""
    event = next(each for each in events if each["type"] != "BOOKMARK")
    return event["type"], event["object"]["metadata"].get("name", ""), event["object"]


def secret(cluster: Cluster, namespace: Namespace, name: str, **labels: str) -> None:
    """Unlike ConfigMaps, nobody else makes any in a new namespace."""
    about = {"name": name, "labels": labels}
    cluster.create(namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": about, "type": "example.com/test"})


def version_of(cluster: Cluster, namespace: Namespace) -> str:
    version: str = cluster.get(namespace.path("configmaps"))["metadata"]["resourceVersion"]
    return version


@pytest.mark.behaviour(WATCHES)
def test_a_watch_from_a_list_tells_everything_since(cluster: Cluster, namespace: Namespace) -> None:
    since = version_of(cluster, namespace)
    namespace.config_map(colour="red")
    cluster.patch(namespace.path("configmaps", "settings"), {"data": {"colour": "blue"}})
    cluster.delete(namespace.path("configmaps", "settings"))
    with cluster.watch(namespace.path("configmaps"), resourceVersion=since, fieldSelector="metadata.name=settings") as events:
        found = [seen(events) for _ in range(3)]
    assert [(kind, item["data"]["colour"]) for kind, _, item in found] == [("ADDED", "red"), ("MODIFIED", "blue"), ("DELETED", "blue")]


@pytest.mark.behaviour(WATCHES)
def test_a_deletion_has_a_version_of_its_own(cluster: Cluster, namespace: Namespace) -> None:
    made = namespace.config_map()
    cluster.delete(namespace.path("configmaps", "settings"))
    with cluster.watch(namespace.path("configmaps"), resourceVersion=made["metadata"]["resourceVersion"], fieldSelector="metadata.name=settings") as events:
        kind, _, last = seen(events)
    assert kind == "DELETED" and last["metadata"]["uid"] == made["metadata"]["uid"]
    assert int(last["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch")
def test_a_watch_from_nowhere_begins_with_what_is_there(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    with cluster.watch(namespace.path("configmaps"), fieldSelector="metadata.name=settings") as events:
        assert seen(events)[:2] == ("ADDED", "settings")
        cluster.patch(namespace.path("configmaps", "settings"), {"data": {"colour": "blue"}})
        assert seen(events)[:2] == ("MODIFIED", "settings")


@pytest.mark.behaviour(STREAMING_LISTS)
def test_a_streamed_list_ends_with_an_annotated_bookmark(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    how = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true", "fieldSelector": "metadata.name=settings"}
    with cluster.watch(namespace.path("configmaps"), **how) as events:
        assert seen(events)[:2] == ("ADDED", "settings")
        bookmark = next(events)
        assert bookmark["type"] == "BOOKMARK"
        assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert bookmark["object"]["kind"] == "ConfigMap" and bookmark["object"]["metadata"]["resourceVersion"].isdigit()
        cluster.delete(namespace.path("configmaps", "settings"))
        assert seen(events)[:2] == ("DELETED", "settings")


@pytest.mark.behaviour(STREAMING_LISTS)
def test_a_streamed_list_of_nothing_is_a_bookmark(cluster: Cluster, namespace: Namespace) -> None:
    how = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    with cluster.watch(namespace.path("secrets"), fieldSelector="metadata.name=nobody", **how) as events:
        assert next(events)["type"] == "BOOKMARK"


@pytest.mark.behaviour(STREAMING_LISTS)
def test_initial_events_need_a_rule_for_their_version(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("GET", namespace.path("configmaps"), params={"watch": "true", "sendInitialEvents": "true"})
    assert status["code"] in (400, 422)
    assert "sendInitialEvents" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses")
def test_a_version_that_is_long_forgotten_is_gone(cluster: Cluster) -> None:
    # A fresh server may remember from its very first write on: then there is nothing to be told off for.
    with cluster.http.stream("GET", "/api/v1/configmaps", params={"watch": "true", "resourceVersion": "1", "timeoutSeconds": "1"}) as answer:
        first = json.loads(next(answer.iter_lines(), "{}") or "{}")
    status = first.get("object", first) if first.get("type") != "ADDED" else {}
    if status:
        assert (status["code"], status["reason"]) == (410, "Expired")
        assert status["message"].startswith("too old resource version: 1 (")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch")
def test_a_watch_ends_when_its_time_is_up(cluster: Cluster, namespace: Namespace) -> None:
    with cluster.watch(namespace.path("secrets"), resourceVersion=version_of(cluster, namespace), timeoutSeconds=1) as events:
        assert [each for each in events if each["type"] != "BOOKMARK"] == []


@pytest.mark.behaviour(SELECTORS)
def test_what_begins_to_match_a_selector_is_added_and_what_ceases_to_is_deleted(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    since, path = version_of(cluster, namespace), namespace.path("configmaps", "settings")
    with cluster.watch(namespace.path("configmaps"), resourceVersion=since, labelSelector="tier=front") as events:
        cluster.patch(path, {"metadata": {"labels": {"tier": "front"}}})
        assert seen(events)[:2] == ("ADDED", "settings")
        cluster.patch(path, {"data": {"colour": "red"}})
        assert seen(events)[:2] == ("MODIFIED", "settings")
        cluster.patch(path, {"metadata": {"labels": {"tier": "back"}}})
        assert seen(events)[:2] == ("DELETED", "settings")


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/")
def test_a_watch_of_one_name_tells_of_no_other(cluster: Cluster, namespace: Namespace) -> None:
    since = version_of(cluster, namespace)
    namespace.config_map("other")
    namespace.config_map("settings")
    with cluster.watch(namespace.path("configmaps"), resourceVersion=since, fieldSelector="metadata.name=settings") as events:
        assert seen(events)[:2] == ("ADDED", "settings")


@pytest.mark.behaviour(SELECTORS)
@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("tier", ["back", "front"]),
        ("!tier", ["plain"]),
        ("tier=front", ["front"]),
        ("tier!=front", ["back", "plain"]),
        ("tier in (front, back)", ["back", "front"]),
        ("tier notin (front)", ["back", "plain"]),
        ("tier=front,app=web", ["front"]),
    ],
)
def test_a_list_is_chosen_by_labels(cluster: Cluster, namespace: Namespace, selector: str, names: list[str]) -> None:
    for name, labels in (("front", {"tier": "front", "app": "web"}), ("back", {"tier": "back"}), ("plain", {})):
        cluster.create(
            namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels}, "type": "example.com/test"}
        )
    found = cluster.get(namespace.path("secrets"), labelSelector=selector, fieldSelector="type=example.com/test")["items"]
    assert [item["metadata"]["name"] for item in found] == names


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/#supported-fields")
def test_a_field_that_cannot_be_selected_by_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("GET", namespace.path("configmaps"), params={"fieldSelector": "data.colour=red"})
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert "field label not supported: data.colour" in status["message"] or '"data.colour" is not a known field selector' in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#collections")
def test_items_of_a_list_do_not_say_their_kind(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    found = cluster.get(namespace.path("configmaps"))
    assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
    assert not any("kind" in item for item in found["items"])


@pytest.mark.behaviour(PAGES)
def test_a_long_list_comes_in_pages(cluster: Cluster, namespace: Namespace) -> None:
    for number in range(5):
        secret(cluster, namespace, f"part-{number}")
    everything = [item["metadata"]["name"] for item in cluster.get(namespace.path("secrets"))["items"]]
    page = cluster.get(namespace.path("secrets"), limit=2)
    first, names = page["metadata"], [item["metadata"]["name"] for item in page["items"]]
    assert len(names) == 2 and first["remainingItemCount"] == len(everything) - 2
    while page["metadata"].get("continue"):
        page = cluster.get(namespace.path("secrets"), limit=2, **{"continue": page["metadata"]["continue"]})
        assert page["metadata"]["resourceVersion"] == first["resourceVersion"]
        names += [item["metadata"]["name"] for item in page["items"]]
    assert names == everything


@pytest.mark.behaviour(PAGES)
def test_later_pages_show_the_list_as_it_was_at_the_first(cluster: Cluster, namespace: Namespace) -> None:
    for name in ("one", "three", "two"):
        namespace.config_map(name, colour="red")
    page = cluster.get(namespace.path("configmaps"), limit=1)
    cluster.patch(namespace.path("configmaps", "three"), {"data": {"colour": "blue"}})
    cluster.delete(namespace.path("configmaps", "two"))
    namespace.config_map("four")
    rest = cluster.get(namespace.path("configmaps"), **{"continue": page["metadata"]["continue"]})
    both = {item["metadata"]["name"]: item.get("data", {}).get("colour") for item in page["items"] + rest["items"]}
    both.pop("kube-root-ca.crt", None)
    assert both == {"one": "red", "three": "red", "two": "red"}


@pytest.mark.behaviour(PAGES)
def test_a_page_of_a_selection_does_not_say_how_much_remains(cluster: Cluster, namespace: Namespace) -> None:
    for number in range(3):
        cluster.create(namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"part-{number}", "labels": {"tier": "front"}}})
    page = cluster.get(namespace.path("secrets"), limit=2, labelSelector="tier=front")
    assert len(page["items"]) == 2 and page["metadata"]["continue"] and "remainingItemCount" not in page["metadata"]


@pytest.mark.behaviour(PAGES)
def test_a_token_that_the_server_did_not_give_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("GET", namespace.path("configmaps"), params={"limit": 1, "continue": "nonsense"})
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert "continue key is not valid" in status["message"]
