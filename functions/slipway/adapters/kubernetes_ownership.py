"""Objects of a release as the API server has them, with who owns which field. Called by the cluster's adapter, for `plan`.

Only kinds that the environment's Role (`helm/environment`) lets Slipway read are asked for.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from slipway.errors import TemporarilyUnavailable
from slipway.ports import ObjectName

RESOURCES: Mapping[tuple[str, str], str] = {
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "Secret"): "secrets",
    ("v1", "Service"): "services",
    ("v1", "ServiceAccount"): "serviceaccounts",
    ("apps/v1", "Deployment"): "deployments",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "horizontalpodautoscalers",
    ("networking.k8s.io/v1", "Ingress"): "ingresses",
    ("networking.k8s.io/v1", "NetworkPolicy"): "networkpolicies",
    ("policy/v1", "PodDisruptionBudget"): "poddisruptionbudgets",
}
"""Names in the API's paths."""
MOST_OBJECTS = 100
"""Requests: a chart with more of them is looked at in part."""


def read(get: Callable[[str], tuple[int, bytes]], namespace: str, names: Sequence[ObjectName]) -> dict[ObjectName, Mapping[str, Any] | None]:
    """None for what isn't there; no entry for what can't be asked for. `get` gives status and body of a path.

    TemporarilyUnavailable when the API server doesn't know just now.
    """
    found: dict[ObjectName, Mapping[str, Any] | None] = {}
    for name in names[:MOST_OBJECTS]:
        resource = RESOURCES.get((name.api_version, name.kind))
        if resource is None or name.namespace not in ("", namespace):
            continue
        root = "/api/v1" if name.api_version == "v1" else f"/apis/{name.api_version}"
        status, body = get(f"{root}/namespaces/{namespace}/{resource}/{quote(name.name, safe='')}")
        if status == HTTPStatus.OK:
            found[name] = json.loads(body)
        elif status == HTTPStatus.NOT_FOUND:
            found[name] = None
        elif status != HTTPStatus.FORBIDDEN:
            raise TemporarilyUnavailable(f"The cluster answered {status} to a look at {name.kind}/{name.name[:100]}.")
    return found
