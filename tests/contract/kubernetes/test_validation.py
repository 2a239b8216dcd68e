"""What a server refuses to store, and in which words; what it only warns of."""

from typing import Any

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object

FIELDS = "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"
NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
UNKNOWN = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"colour": "red"}, "colour": "red"}


def deployment(**spec: Any) -> Object:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "registry.invalid/none"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod, **spec},
    }


def slice_of(address: str) -> Object:
    about = {"name": "hand-made"}
    endpoint = {"addresses": [address]}
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": about, "addressType": "IPv4", "endpoints": [endpoint], "ports": []}


@pytest.mark.behaviour(FIELDS)
def test_an_unknown_field_is_refused_when_asked_strictly(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("configmaps"), json=UNKNOWN, params={"fieldValidation": "Strict"})
    assert (status["code"], status["reason"]) == (400, "BadRequest")
    assert 'strict decoding error: unknown field "colour"' in status["message"]


@pytest.mark.behaviour(FIELDS)
def test_an_unknown_field_deep_inside_is_named_by_its_path(cluster: Cluster, namespace: Namespace) -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["containers"][0]["colour"] = "red"
    status = cluster.refusal("POST", namespace.path("deployments", version="apps/v1"), json=body, params={"fieldValidation": "Strict"})
    assert 'unknown field "spec.template.spec.containers[0].colour"' in status["message"]


@pytest.mark.behaviour(FIELDS)
def test_an_unknown_field_is_dropped_with_a_warning(cluster: Cluster, namespace: Namespace) -> None:
    answer = cluster.http.post(namespace.path("configmaps"), json=UNKNOWN, params={"fieldValidation": "Warn"})
    assert answer.headers["Warning"] == '299 - "unknown field \\"colour\\""'
    assert "colour" not in answer.json() and answer.json()["data"] == {"colour": "red"}


@pytest.mark.behaviour(FIELDS)
def test_without_a_wish_the_server_warns(cluster: Cluster, namespace: Namespace) -> None:
    answer = cluster.http.post(namespace.path("configmaps"), json=UNKNOWN)
    assert answer.status_code == 201 and 'unknown field \\"colour\\"' in answer.headers["Warning"]


@pytest.mark.behaviour(FIELDS)
def test_an_unknown_field_is_dropped_in_silence_when_it_is_to_be_ignored(cluster: Cluster, namespace: Namespace) -> None:
    answer = cluster.http.post(namespace.path("configmaps"), json=UNKNOWN, params={"fieldValidation": "Ignore"})
    assert answer.status_code == 201 and "Warning" not in answer.headers and "colour" not in answer.json()


@pytest.mark.behaviour(FIELDS)
def test_a_duplicate_field_is_refused_when_asked_strictly(cluster: Cluster, namespace: Namespace) -> None:
    text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"immutable":false,"immutable":true}'
    headers = {"Content-Type": "application/json"}
    status = cluster.refusal("POST", namespace.path("configmaps"), content=text, headers=headers, params={"fieldValidation": "Strict"})
    assert 'strict decoding error: duplicate field "immutable"' in status["message"]


@pytest.mark.behaviour(FIELDS)
def test_of_duplicate_fields_the_last_counts_with_a_warning(cluster: Cluster, namespace: Namespace) -> None:
    text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"immutable":false,"immutable":true}'
    answer = cluster.http.post(namespace.path("configmaps"), content=text, headers={"Content-Type": "application/json"})
    assert 'duplicate field \\"immutable\\"' in answer.headers["Warning"]
    assert answer.json()["immutable"] is True


@pytest.mark.behaviour(FIELDS)
def test_a_value_of_another_type_is_refused_in_every_mode(cluster: Cluster, namespace: Namespace) -> None:
    body = deployment(replicas="three")
    for mode in ("Strict", "Warn", "Ignore"):
        status = cluster.refusal("POST", namespace.path("deployments", version="apps/v1"), json=body, params={"fieldValidation": mode})
        assert (status["code"], status["reason"]) == (400, "BadRequest")
        assert "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields")
def test_a_body_of_another_kind_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("secrets"), json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})
    assert status["code"] == 400


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields")
def test_an_object_without_a_name_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("configmaps"), json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert "name or generateName is required" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values")
def test_a_name_is_made_from_generate_name(cluster: Cluster, namespace: Namespace) -> None:
    made = cluster.create(namespace.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "part-"}})
    name = made["metadata"]["name"]
    assert name.startswith("part-") and len(name) == len("part-") + 5


@pytest.mark.behaviour(NAMES + "#dns-subdomain-names")
def test_a_name_has_to_be_a_dns_subdomain(cluster: Cluster, namespace: Namespace) -> None:
    for name in ("Settings", "two words", "-dash", "under_score"):
        status = cluster.refusal("POST", namespace.path("configmaps"), json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
        assert (status["code"], status["reason"]) == (422, "Invalid")
        assert f'ConfigMap "{name}" is invalid: metadata.name: Invalid value: "{name}"' in status["message"]
        assert "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'" in status["message"]


@pytest.mark.behaviour(NAMES + "#dns-label-names")
def test_a_namespace_has_to_be_a_dns_label(cluster: Cluster) -> None:
    status = cluster.refusal("POST", "/api/v1/namespaces", json={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "two.labels"}})
    assert status["code"] == 422
    assert "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set")
def test_a_label_with_strange_characters_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "labels": {"team": "two words"}}}
    status = cluster.refusal("POST", namespace.path("configmaps"), json=body)
    assert status["code"] == 422
    assert 'metadata.labels: Invalid value: "two words": a valid label must be an empty string or consist of alphanumeric characters' in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/overview/working-with-objects/names/")
def test_a_name_can_be_given_once(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    status = cluster.refusal("POST", namespace.path("configmaps"), json={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})
    assert (status["code"], status["reason"]) == (409, "AlreadyExists")
    assert status["message"] == 'configmaps "settings" already exists'


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#writing-a-deployment-spec")
def test_a_deployment_needs_a_selector_and_a_template(cluster: Cluster, namespace: Namespace) -> None:
    body = deployment()
    del body["spec"]["selector"]
    status = cluster.refusal("POST", namespace.path("deployments", version="apps/v1"), json=body)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert "spec.selector: Required value" in status["message"]
    assert {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.selector"} in status["details"]["causes"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector")
def test_a_selector_has_to_match_its_template(cluster: Cluster, namespace: Namespace) -> None:
    body = deployment(selector={"matchLabels": {"app": "other"}})
    status = cluster.refusal("POST", namespace.path("deployments", version="apps/v1"), json=body)
    assert "`selector` does not match template `labels`" in status["message"]
    assert status["details"]["causes"][0]["field"] == "spec.template.metadata.labels"


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates")
def test_the_selector_of_a_deployment_is_immutable(cluster: Cluster, namespace: Namespace) -> None:
    cluster.create(namespace.path("deployments", version="apps/v1"), deployment())
    changed = {"spec": {"selector": {"matchLabels": {"app": "other"}}, "template": {"metadata": {"labels": {"app": "other"}}}}}
    headers = {"Content-Type": "application/merge-patch+json"}
    status = cluster.refusal("PATCH", namespace.path("deployments", "web", "apps/v1"), json=changed, headers=headers)
    assert status["code"] == 422
    assert "spec.selector: Invalid value" in status["message"] and "field is immutable" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable")
def test_an_immutable_config_map_cannot_change_any_more(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    cluster.patch(namespace.path("configmaps", "settings"), {"immutable": True})
    headers = {"Content-Type": "application/merge-patch+json"}
    for change in ({"data": {"colour": "blue"}}, {"immutable": False}):
        status = cluster.refusal("PATCH", namespace.path("configmaps", "settings"), json=change, headers=headers)
        assert status["code"] == 422 and "field is immutable when `immutable` is set" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example")
def test_a_role_binding_cannot_be_pointed_at_another_role(cluster: Cluster, namespace: Namespace) -> None:
    group = "rbac.authorization.k8s.io"
    reference = {"apiGroup": group, "kind": "Role", "name": "reader"}
    cluster.create(
        namespace.path("rolebindings", version=f"{group}/v1"),
        {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": {"name": "readers"}, "subjects": [], "roleRef": reference},
    )
    headers = {"Content-Type": "application/merge-patch+json"}
    status = cluster.refusal("PATCH", namespace.path("rolebindings", "readers", f"{group}/v1"), json={"roleRef": {"name": "writer"}}, headers=headers)
    assert status["code"] == 422
    assert "cannot change roleRef" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/configuration/secret/#secret-types")
def test_the_type_of_a_secret_is_immutable(cluster: Cluster, namespace: Namespace) -> None:
    cluster.create(namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"word": "open"}})
    headers = {"Content-Type": "application/merge-patch+json"}
    status = cluster.refusal("PATCH", namespace.path("secrets", "key"), json={"type": "example.com/other"}, headers=headers)
    assert status["code"] == 422 and "field is immutable" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data")
def test_string_data_becomes_encoded_data(cluster: Cluster, namespace: Namespace) -> None:
    made = cluster.create(namespace.path("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"word": "open"}})
    assert (made["data"], made["type"]) == ({"word": "b3Blbg=="}, "Opaque")
    assert "stringData" not in made


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object")
def test_a_key_of_a_config_map_has_to_be_a_file_name(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"two words": "x"}}
    status = cluster.refusal("POST", namespace.path("configmaps"), json=body)
    assert "a valid config key must consist of alphanumeric characters, '-', '_' or '.'" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#address-types")
@pytest.mark.parametrize(("address", "words"), [("0.0.0.0", "may not be unspecified"), ("169.254.1.1", "may not be in the link-local range")])
def test_an_endpoint_cannot_have_a_special_address(cluster: Cluster, namespace: Namespace, address: str, words: str) -> None:
    status = cluster.refusal("POST", namespace.path("endpointslices", version="discovery.k8s.io/v1"), json=slice_of(address))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert f'endpoints[0].addresses[0]: Invalid value: "{address}": {words}' in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service")
def test_a_port_has_to_be_a_port_number(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 70000}]}}
    status = cluster.refusal("POST", namespace.path("services"), json=body)
    assert "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service")
def test_a_service_gets_an_address_that_stays(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    made = cluster.create(namespace.path("services"), body)
    assert made["spec"]["clusterIP"] and made["spec"]["clusterIPs"] == [made["spec"]["clusterIP"]]
    assert made["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    headers = {"Content-Type": "application/merge-patch+json"}
    status = cluster.refusal("PATCH", namespace.path("services", "web"), json={"spec": {"clusterIP": "10.1.2.3", "clusterIPs": ["10.1.2.3"]}}, headers=headers)
    assert "field is immutable" in status["message"] or "may not change once set" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run")
def test_a_dry_run_answers_as_if_and_stores_nothing(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    made = cluster.create(namespace.path("configmaps"), body, dryRun="All")
    assert made["metadata"]["uid"]
    assert not cluster.exists(namespace.path("configmaps", "settings"))
