"""Clients learn from the server itself which kinds there are and what fields they have."""

from typing import Any

import pytest

from twin.cluster.apiserver.discovery import discovery_answer
from twin.cluster.apiserver.http.request import parse
from twin.cluster.apiserver.openapi import openapi_answer
from twin.cluster.apiserver.resources import RESOURCES, group_versions

DEFINITIONS = "#/components/schemas/"


def discovered(path: str) -> dict[str, Any]:
    found = discovery_answer(path)
    assert found is not None
    return found


def document(path: str) -> dict[str, Any]:
    found = openapi_answer(path)
    assert found is not None
    return found


def resource_list(api_version: str) -> dict[str, Any]:
    listed = discovered(f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}")
    return {each["name"]: each for each in listed["resources"]}


def test_groups_name_their_versions() -> None:
    assert discovered("/api")["versions"] == ["v1"]
    apps = {"groupVersion": "apps/v1", "version": "v1"}
    assert {"name": "apps", "versions": [apps], "preferredVersion": apps} in discovered("/apis")["groups"]
    assert discovered("/apis/apps")["preferredVersion"] == apps


def test_kinds_are_listed_with_short_names_categories_and_subresources() -> None:
    apps = resource_list("apps/v1")
    assert apps["deployments"]["shortNames"] == ["deploy"]
    assert apps["deployments"]["categories"] == ["all"]
    assert apps["deployments"]["singularName"] == "deployment"
    scale = apps["deployments/scale"]
    assert (scale["kind"], scale["group"], scale["version"], scale["verbs"]) == ("Scale", "autoscaling", "v1", ["get", "patch", "update"])
    assert resource_list("v1")["pods/eviction"]["kind"] == "Eviction"
    assert resource_list("v1")["services/proxy"]["kind"] == "ServiceProxyOptions"


@pytest.mark.parametrize("path", ["/apis/nobody", "/apis/apps/v2", "/api/v2", "/version", "/api/v1/pods"])
def test_nothing_else_is_discovered(path: str) -> None:
    assert discovery_answer(path) is None


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.qualified)
def test_what_is_advertised_can_be_asked_for(resource: Any) -> None:
    scope = "/namespaces/shop" if resource.namespaced else ""
    methods = {"create": "POST", "delete": "DELETE", "get": "GET", "patch": "PATCH", "update": "PUT"}
    for name, about in resource_list(resource.api_version).items():
        plural, _, subresource = name.partition("/")
        if plural != resource.plural:
            continue
        for verb in set(about["verbs"]) - {"list", "watch", "deletecollection"}:
            item = "" if verb == "create" and not subresource else "/web"
            path = f"{resource.path}{scope}/{plural}{item}{'/' + subresource if subresource else ''}"
            found = parse(methods[verb], path, {})
            assert found is not None
            assert (found.resource, found.verb) == (resource, verb)


def test_every_write_advertises_field_validation() -> None:
    """Without it Helm and kubectl refuse to send anything."""
    index = document("/openapi/v3")["paths"]
    assert len(index) == len(group_versions())
    kinds = set()
    for about in index.values():
        for operations in document(about["serverRelativeURL"])["paths"].values():
            assert [parameter["name"] for parameter in operations["patch"]["parameters"]] == ["fieldValidation"]
            kinds.add(operations["patch"]["x-kubernetes-group-version-kind"]["kind"])
    assert kinds == {resource.kind for resource in RESOURCES}


def test_schemas_have_the_names_that_kubernetes_gives_them() -> None:
    apps = document("/openapi/v3/apis/apps/v1")["components"]["schemas"]
    spec = apps["io.k8s.api.apps.v1.DeploymentSpec"]
    assert spec["required"] == ["selector", "template"]
    assert spec["properties"]["replicas"]["type"] == "integer"
    assert spec["properties"]["selector"]["allOf"] == [{"$ref": f"{DEFINITIONS}io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"}]
    assert apps["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"] == [{"group": "apps", "version": "v1", "kind": "Deployment"}]
    containers = apps["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["items"] == {"$ref": f"{DEFINITIONS}io.k8s.api.core.v1.Container"}
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    core = document("/openapi/v3/api/v1")["components"]["schemas"]
    assert {"io.k8s.api.core.v1.Event", "io.k8s.api.core.v1.EventSeries"} <= core.keys()


@pytest.mark.parametrize("api_version", list(group_versions()))
def test_no_schema_refers_to_one_that_is_not_there(api_version: str) -> None:
    schemas = document(f"/openapi/v3/{'apis' if '/' in api_version else 'api'}/{api_version}")["components"]["schemas"]
    assert {reference.removeprefix(DEFINITIONS) for reference in references(schemas)} <= schemas.keys()


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {value["$ref"]} if isinstance(value.get("$ref"), str) else set().union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3/apis/nobody/v1", "/openapi/v3/apis/v1", "/openapi/v3/api/apps/v1", "/openapi/v3/apis/apps"])
def test_there_is_no_document_for_what_is_not_there(path: str) -> None:
    assert openapi_answer(path) is None
