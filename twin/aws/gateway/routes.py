"""Routes of an HTTP API, read from the OpenAPI body that SAM makes, and which of them a request takes.

Order of preference as on AWS (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html): full match
of method and path, then a greedy path variable, then `$default`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FUNCTION = re.compile(r"/functions/(arn:[^/]+)/invocations")
_VARIABLE = re.compile(r"\{([^}+]+)(\+?)\}")
_ANY = "ANY"
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "x-amazon-apigateway-any-method"}


@dataclass(frozen=True)
class Route:
    """`key` is what Lambda sees as routeKey; `signed` asks for AWS credentials (authorization type AWS_IAM)."""

    key: str
    method: str
    path: str
    function_arn: str
    signed: bool

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """Values of the path's variables, or None when the route isn't for this request."""
        if self.key == "$default":
            return {}
        if self.method not in (_ANY, method):
            return None
        found = self._pattern().fullmatch(path.rstrip("/") or "/")
        return dict(zip((name for name, _ in _VARIABLE.findall(self.path)), found.groups(), strict=True)) if found else None

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """Routes are tried in ascending order: exact before variable before greedy before default, a method before ANY."""
        variables = _VARIABLE.findall(self.path)
        return self.key == "$default", any(greedy for _, greedy in variables), len(variables), self.method == _ANY

    def _pattern(self) -> re.Pattern[str]:
        parts, position = [], 0
        for found in _VARIABLE.finditer(self.path):
            parts += [re.escape(self.path[position : found.start()]), "(.+)" if found.group(2) else "([^/]+)"]
            position = found.end()
        return re.compile("".join([*parts, re.escape(self.path[position:])]))


@dataclass(frozen=True)
class HttpApi:
    """An API by its identifier; `routes` in the order in which they are tried."""

    identifier: str
    routes: tuple[Route, ...]

    def route(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The route of a request and its path parameters."""
        for route in self.routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, parameters
        return None


def http_api(identifier: str, body: Mapping[str, Any]) -> HttpApi:
    """Read an OpenAPI body with `x-amazon-apigateway-integration`. Only integrations with Lambda functions become routes."""
    signed_schemes = {
        name for name, scheme in body.get("components", {}).get("securitySchemes", {}).items() if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4"
    }
    routes = []
    for path, operations in body.get("paths", {}).items():
        for name, operation in operations.items():
            found = _FUNCTION.search(str(operation.get("x-amazon-apigateway-integration", {}).get("uri", ""))) if name in _METHODS else None
            if not found:
                continue
            method = _ANY if name.startswith("x-amazon") else name.upper()
            signed = any(scheme in signed_schemes for requirement in operation.get("security", []) for scheme in requirement)
            key = "$default" if path == "/$default" or path == "$default" else f"{method} {path}"
            routes.append(Route(key=key, method=method, path=path, function_arn=found.group(1), signed=signed))
    return HttpApi(identifier=identifier, routes=tuple(sorted(routes, key=lambda route: route.rank)))
