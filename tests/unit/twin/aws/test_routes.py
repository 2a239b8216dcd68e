"""Which route of an HTTP API a request takes; the order of preference is API Gateway's."""

from typing import Any

import pytest

from twin.aws.gateway.routes import http_api

ANY = "x-amazon-apigateway-any-method"


def _operation(function: str, **more: Any) -> dict[str, Any]:
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:{function}/invocations"
    return {"x-amazon-apigateway-integration": {"uri": uri}, **more}


API = http_api(
    "api",
    {
        "paths": {
            "/$default": {ANY: _operation("default")},
            "/pets/{proxy+}": {ANY: _operation("greedy")},
            "/pets/{id}": {"get": _operation("variable"), ANY: _operation("any-method")},
            "/pets/dog": {"get": _operation("exact")},
            "/pets/{id}/toys/{toy}": {"get": _operation("two-variables")},
            "/a.c": {"get": _operation("dot")},
            "/elsewhere": {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://example.com"}}},
        }
    },
)


@pytest.mark.parametrize(
    ("method", "path", "key", "function", "parameters"),
    [
        ("GET", "/pets/dog", "GET /pets/dog", "exact", {}),
        ("GET", "/pets/cat", "GET /pets/{id}", "variable", {"id": "cat"}),
        ("PUT", "/pets/dog", "ANY /pets/{id}", "any-method", {"id": "dog"}),
        ("GET", "/pets/cat/toys/ball", "GET /pets/{id}/toys/{toy}", "two-variables", {"id": "cat", "toy": "ball"}),
        ("GET", "/pets/cat/toys", "ANY /pets/{proxy+}", "greedy", {"proxy": "cat/toys"}),
        ("GET", "/pets", "$default", "default", {}),
        ("GET", "/a.c", "GET /a.c", "dot", {}),
        ("GET", "/abc", "$default", "default", {}),
        ("GET", "/elsewhere", "$default", "default", {}),
    ],
)
def test_the_most_particular_route_is_taken(method: str, path: str, key: str, function: str, parameters: dict[str, str]) -> None:
    found = API.route(method, path)
    assert found is not None
    route, values = found
    assert (route.key, route.function_arn.split(":")[-1], values) == (key, function, parameters)


def test_without_a_default_an_unknown_request_has_no_route() -> None:
    api = http_api("api", {"paths": {"/pets": {"get": _operation("pets")}}})
    assert api.route("GET", "/pets/dog") is None
    assert api.route("POST", "/pets") is None


def test_a_route_with_iam_authorization_asks_for_a_signature() -> None:
    schemes = {"AWS_IAM": {"x-amazon-apigateway-authtype": "awsSigv4"}, "Jwt": {"type": "oauth2"}}
    paths = {"/signed": {"get": _operation("a", security=[{"AWS_IAM": []}])}, "/open": {"get": _operation("a", security=[{"Jwt": []}])}}
    routes = http_api("api", {"components": {"securitySchemes": schemes}, "paths": paths}).routes
    assert {route.path: route.signed for route in routes} == {"/signed": True, "/open": False}


def test_a_head_request_is_for_head_or_any_and_never_for_get() -> None:
    """Source: HTTP APIs match the method as it is; unlike web frameworks they don't answer HEAD with the route of GET."""
    api = http_api(
        "api", {"paths": {"/get": {"get": _operation("f")}, "/any": {ANY: _operation("f"), "get": _operation("g")}, "/head": {"head": _operation("f")}}}
    )
    found = {path: api.route("HEAD", path) for path in ("/get", "/any", "/head")}
    assert {path: route and route[0].key for path, route in found.items()} == {"/get": None, "/any": "ANY /any", "/head": "HEAD /head"}
