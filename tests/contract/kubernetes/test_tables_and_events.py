"""Answers that aren't whole objects (tables, metadata only), and events."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, until

TABLES = "https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables"
METADATA = "https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources"
EVENTS = "https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/"


def shown(cluster: Cluster, path: str, view: str, **parameters: str) -> Object:
    return cluster.asked("GET", path, params=parameters, headers={"Accept": f"application/json;as={view};v=v1;g=meta.k8s.io"})


def event(name: str, item: Object) -> Object:
    about = item["metadata"]
    involved = {"apiVersion": "v1", "kind": "ConfigMap", "name": about["name"], "namespace": about["namespace"], "uid": about["uid"]}
    rest = {"reason": "Noticed", "message": "it is red", "type": "Warning", "source": {"component": "test"}, "count": 1}
    times = {"firstTimestamp": about["creationTimestamp"], "lastTimestamp": about["creationTimestamp"]}
    return {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": about["namespace"]}, "involvedObject": involved, **rest, **times}


@pytest.mark.behaviour(TABLES)
def test_a_list_can_be_a_table(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    found = shown(cluster, namespace.path("configmaps"), "Table", fieldSelector="metadata.name=settings")
    assert (found["kind"], found["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in found["columnDefinitions"]] == ["Name", "Data", "Age"]
    (row,) = found["rows"]
    assert row["cells"][:2] == ["settings", 1]
    assert row["object"]["kind"] == "PartialObjectMetadata" and row["object"]["metadata"]["name"] == "settings"


@pytest.mark.behaviour(TABLES)
def test_an_object_can_be_a_table_of_one_row(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    assert len(shown(cluster, namespace.path("configmaps", "settings"), "Table")["rows"]) == 1


@pytest.mark.behaviour(TABLES)
@pytest.mark.parametrize("included", ["None", "Metadata", "Object"])
def test_a_row_carries_as_much_of_its_object_as_is_asked_for(cluster: Cluster, namespace: Namespace, included: str) -> None:
    namespace.config_map(colour="red")
    (row,) = shown(cluster, namespace.path("configmaps", "settings"), "Table", includeObject=included)["rows"]
    assert (row.get("object") or {}).get("kind") == {"None": None, "Metadata": "PartialObjectMetadata", "Object": "ConfigMap"}[included]


@pytest.mark.behaviour(TABLES)
def test_wide_columns_have_a_priority(cluster: Cluster, namespace: Namespace) -> None:
    columns = shown(cluster, namespace.path("deployments", version="apps/v1"), "Table")["columnDefinitions"]
    assert [column["name"] for column in columns if not column["priority"]] == ["Name", "Ready", "Up-to-date", "Available", "Age"]
    assert [column["name"] for column in columns if column["priority"]] == ["Containers", "Images", "Selector"]


@pytest.mark.behaviour(TABLES)
def test_a_watch_can_send_tables(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    headers = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    parameters = {"watch": "true", "fieldSelector": "metadata.name=settings", "timeoutSeconds": "1"}
    answer = cluster.http.get(namespace.path("configmaps"), params=parameters, headers=headers)
    assert '"kind":"Table"' in answer.text.splitlines()[0]


@pytest.mark.behaviour(METADATA)
def test_an_object_can_be_its_metadata_only(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    found = shown(cluster, namespace.path("configmaps", "settings"), "PartialObjectMetadata")
    assert (found["kind"], found["apiVersion"], found["metadata"]["name"]) == ("PartialObjectMetadata", "meta.k8s.io/v1", "settings")
    assert "data" not in found


@pytest.mark.behaviour(METADATA)
def test_a_list_can_be_of_metadata_only(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    found = shown(cluster, namespace.path("configmaps"), "PartialObjectMetadataList")
    assert found["kind"] == "PartialObjectMetadataList" and found["metadata"]["resourceVersion"]
    assert "settings" in {item["metadata"]["name"] for item in found["items"]} and not any("data" in item for item in found["items"])


@pytest.mark.behaviour(EVENTS)
def test_events_are_found_by_what_they_are_about(cluster: Cluster, namespace: Namespace) -> None:
    mine, other = namespace.config_map("mine"), namespace.config_map("other")
    cluster.create(namespace.path("events"), event("one", mine))
    cluster.create(namespace.path("events"), event("two", other))
    selector = f"involvedObject.name=mine,involvedObject.kind=ConfigMap,involvedObject.uid={mine['metadata']['uid']},type=Warning"
    found = cluster.get(namespace.path("events"), fieldSelector=selector)["items"]
    assert [(item["metadata"]["name"], item["reason"]) for item in found] == [("one", "Noticed")]


@pytest.mark.behaviour(EVENTS)
def test_an_event_is_about_something_of_its_namespace(cluster: Cluster, namespace: Namespace) -> None:
    body = event("one", namespace.config_map())
    body["involvedObject"]["namespace"] = "default"
    status = cluster.refusal("POST", namespace.path("events"), json=body)
    assert status["code"] == 422
    assert "involvedObject.namespace: Invalid value" in status["message"] and "does not match event.namespace" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#creating-a-deployment")
def test_controllers_tell_what_they_do_in_events(cluster: Cluster, namespace: Namespace) -> None:
    labels = {"app": "web"}
    spec = {"nodeSelector": {"example.com/nowhere": "true"}, "containers": [{"name": "web", "image": "registry.invalid/none"}]}
    workload = {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
    cluster.create(
        namespace.path("deployments", version="apps/v1"), {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": workload}
    )

    def reasons() -> set[tuple[str, str]]:
        return {(item["involvedObject"]["kind"], item["reason"]) for item in cluster.get(namespace.path("events"))["items"]}

    wanted = {("Deployment", "ScalingReplicaSet"), ("ReplicaSet", "SuccessfulCreate"), ("Pod", "FailedScheduling")}
    until(lambda: wanted <= reasons(), "the events of a rollout")
