"""Request lines are read as Kubernetes reads them: which kind, which object, what for."""

import pytest

from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.http.request import ResourceRequest, parse


def read(line: str, **query: str) -> ResourceRequest:
    method, path = line.split()
    found = parse(method, path, query)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "namespace", "name", "subresource", "verb"),
    [
        ("GET /api/v1/pods", "", "", "", "list"),
        ("GET /api/v1/namespaces/shop/pods", "shop", "", "", "list"),
        ("POST /api/v1/namespaces/shop/pods", "shop", "", "", "create"),
        ("DELETE /api/v1/namespaces/shop/pods", "shop", "", "", "deletecollection"),
        ("GET /api/v1/namespaces/shop/pods/web", "shop", "web", "", "get"),
        ("PUT /apis/apps/v1/namespaces/shop/deployments/web", "shop", "web", "", "update"),
        ("PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale", "shop", "web", "scale", "patch"),
        ("DELETE /apis/apps/v1/namespaces/shop/deployments/web", "shop", "web", "", "delete"),
        ("POST /api/v1/namespaces/shop/pods/web/eviction", "shop", "web", "eviction", "create"),
        ("GET /api/v1/nodes/one/", "", "one", "", "get"),
    ],
)
def test_method_and_path_say_the_verb(line: str, namespace: str, name: str, subresource: str, verb: str) -> None:
    found = read(line)
    assert (found.namespace, found.name, found.subresource, found.rest, found.verb) == (namespace, name, subresource, "", verb)


@pytest.mark.parametrize(("watch", "verb"), [("true", "watch"), ("1", "watch"), ("false", "list"), ("0", "list")])
def test_a_watch_is_a_list_that_goes_on(watch: str, verb: str) -> None:
    assert read("GET /api/v1/pods", watch=watch).verb == verb


@pytest.mark.parametrize(("path", "kind", "name"), [("shop", "Namespace", "shop"), ("shop/status", "Namespace", "shop"), ("shop/secrets", "Secret", "")])
def test_a_namespace_is_told_from_what_is_in_it(path: str, kind: str, name: str) -> None:
    found = read(f"GET /api/v1/namespaces/{path}")
    assert (found.resource.kind, found.name) == (kind, name)


@pytest.mark.parametrize("name", ["web", "web:8000", "http:web:80"])
@pytest.mark.parametrize(("behind", "rest"), [("", "/"), ("/", "/"), ("/health/ready", "/health/ready"), ("/a//b/", "/a//b/")])
def test_a_proxied_request_keeps_its_name_and_path(name: str, behind: str, rest: str) -> None:
    found = read(f"POST /api/v1/namespaces/shop/services/{name}/proxy{behind}")
    assert (found.name, found.subresource, found.rest, found.verb) == (name, "proxy", rest, "create")


@pytest.mark.parametrize("path", ["/", "/version", "/healthz", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/openapi/v3/apis/apps/v1"])
def test_a_path_without_a_kind_is_none(path: str) -> None:
    assert parse("GET", path, {}) is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/widgets",
        "/api/v2/pods",
        "/apis/apps/v1beta1/deployments",
        "/apis/apps/v1/namespaces/shop",
        "/api/v1/namespaces/shop/nodes/one",
        "/api/v1/pods/web",
        "/api/v1/namespaces/shop/pods/web/exec",
        "/api/v1/namespaces/shop/configmaps/web/status",
        "/api/v1/namespaces/shop/pods/web/log/more",
    ],
)
def test_what_does_not_exist_is_not_found(path: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse("GET", path, {})
    assert refused.value.code == 404


@pytest.mark.parametrize(
    "line",
    [
        "OPTIONS /api/v1/pods",
        "PUT /api/v1/namespaces/shop/pods",
        "POST /api/v1/namespaces/shop/pods/web",
        "POST /api/v1/pods",
        "DELETE /api/v1/pods",
        "DELETE /api/v1/namespaces",
        "DELETE /api/v1/namespaces/shop/pods/web/status",
        "POST /api/v1/namespaces/shop/pods/web/log",
        "GET /api/v1/namespaces/shop/pods/web/eviction",
    ],
)
def test_a_method_that_is_not_offered_is_refused(line: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(line)
    assert refused.value.code == 405
