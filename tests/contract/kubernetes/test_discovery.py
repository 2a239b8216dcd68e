"""What a server tells about itself, which is how kubectl and Helm know what to send where."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Object

DISCOVERY = "https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api"
OPENAPI = "https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3"


def kinds_of(cluster: Cluster, path: str) -> dict[str, Object]:
    return {each["name"]: each for each in cluster.get(path)["resources"]}


@pytest.mark.behaviour(DISCOVERY)
def test_every_group_names_its_versions_and_prefers_one(cluster: Cluster) -> None:
    groups = {group["name"]: group for group in cluster.get("/apis")["groups"]}
    assert groups.keys() >= {
        "apps",
        "autoscaling",
        "batch",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
    }
    assert groups["apps"]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    assert groups["apps"]["preferredVersion"] in groups["apps"]["versions"]


@pytest.mark.behaviour(DISCOVERY)
def test_the_core_group_has_a_list_of_versions_of_its_own(cluster: Cluster) -> None:
    found = cluster.get("/api")
    assert (found["kind"], found["versions"]) == ("APIVersions", ["v1"])


@pytest.mark.behaviour(DISCOVERY)
def test_a_kind_says_its_scope_short_names_verbs_and_categories(cluster: Cluster) -> None:
    kinds = kinds_of(cluster, "/apis/apps/v1")
    deployment = kinds["deployments"]
    assert (deployment["kind"], deployment["singularName"], deployment["namespaced"]) == ("Deployment", "deployment", True)
    assert (deployment["shortNames"], deployment["categories"]) == (["deploy"], ["all"])
    assert set(deployment["verbs"]) == {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
    assert not kinds_of(cluster, "/api/v1")["namespaces"]["namespaced"]


@pytest.mark.behaviour(DISCOVERY)
def test_subresources_are_listed_with_the_kind_that_they_take(cluster: Cluster) -> None:
    scale = kinds_of(cluster, "/apis/apps/v1")["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    assert set(scale["verbs"]) == {"get", "patch", "update"}
    eviction = kinds_of(cluster, "/api/v1")["pods/eviction"]
    assert (eviction["kind"], eviction["verbs"]) == ("Eviction", ["create"])


@pytest.mark.behaviour(DISCOVERY)
def test_namespaces_cannot_be_deleted_all_at_once(cluster: Cluster) -> None:
    assert "deletecollection" not in kinds_of(cluster, "/api/v1")["namespaces"]["verbs"]
    assert cluster.refusal("DELETE", "/api/v1/namespaces")["reason"] == "MethodNotAllowed"


@pytest.mark.behaviour(DISCOVERY)
def test_a_group_that_is_not_there_is_not_found(cluster: Cluster) -> None:
    for path in ("/apis/example.invalid/v1", "/apis/example.invalid/v1/namespaces/default/widgets", "/apis/apps/v1/namespaces/default/widgets"):
        assert cluster.http.get(path).status_code == 404


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs")
def test_an_object_that_is_not_there_is_named(cluster: Cluster) -> None:
    status = cluster.refusal("GET", "/apis/apps/v1/namespaces/default/deployments/nobody")
    assert (status["code"], status["reason"]) == (404, "NotFound")
    assert status["message"] == 'deployments.apps "nobody" not found'
    assert status["details"] == {"name": "nobody", "group": "apps", "kind": "deployments"}


@pytest.mark.behaviour(OPENAPI)
def test_the_openapi_index_leads_to_a_document_for_each_group(cluster: Cluster) -> None:
    paths = cluster.get("/openapi/v3")["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/batch/v1"} <= paths.keys()
    document = cluster.get(paths["apis/apps/v1"]["serverRelativeURL"])
    assert document["openapi"].startswith("3.0")
    schema = document["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"]
    assert {"group": "apps", "kind": "Deployment", "version": "v1"} in schema["x-kubernetes-group-version-kind"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation")
def test_openapi_says_that_writes_take_field_validation(cluster: Cluster) -> None:
    document = cluster.get("/openapi/v3/apis/apps/v1")
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in {parameter.get("name") for parameter in patch["parameters"]}


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy")
def test_openapi_says_how_lists_merge(cluster: Cluster) -> None:
    containers = cluster.get("/openapi/v3/api/v1")["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert (containers["x-kubernetes-list-type"], containers["x-kubernetes-list-map-keys"]) == ("map", ["name"])


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/health-checks/")
def test_health_is_told_in_plain_text(cluster: Cluster) -> None:
    for path in ("/healthz", "/livez", "/readyz"):
        answer = cluster.http.get(path)
        assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/deprecation-policy/")
def test_the_server_tells_its_version(cluster: Cluster) -> None:
    version = cluster.get("/version")
    assert version["major"] == "1" and version["gitVersion"].startswith(f"v1.{version['minor'].rstrip('+')}.")
