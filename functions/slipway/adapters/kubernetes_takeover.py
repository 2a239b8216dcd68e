"""Before Helm changes a release: what people set by hand in its objects becomes Helm's, so that it goes when the chart doesn't say it.

`--force-conflicts` sets back the fields that a chart has. What a person *added* (a variable, a container, a key of a ConfigMap) stays for ever, through
upgrades and rollbacks, because somebody else than Helm owns it. So the fields of people's tools are put into the entry of Helm in `managedFields`, and Helm's
next apply removes those that its chart leaves out. That is how kubectl and Flux move objects to server-side apply.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply

Left alone: labels and annotations of the objects themselves (nothing runs by them, and controllers keep notes there), `spec.replicas` (without an owner
it would fall to 1 under an autoscaler), and everything of controllers.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import kubernetes.client
from kubernetes.client.exceptions import ApiException

from slipway.adapters.kubernetes_ownership import RESOURCES
from slipway.errors import TemporarilyUnavailable
from slipway.telemetry import logger

HELM = "helm"
"""Helm's name as an owner of fields (pkg/kube/client.go, getManagedFieldsManager)."""
BY_HAND = re.compile(r"^(kubectl|k9s|node-fetch|dashboard|Mozilla)")
"""How kubectl's commands, k9s, Lens, the dashboard and browsers name themselves."""
_TAKEN = ("f:spec", "f:data", "f:binaryData", "f:stringData")
_ATTEMPTS = 4
ANSWER_SECONDS = 10


def take_over(api: kubernetes.client.ApiClient, namespace: str, release: str) -> None:
    """In every object of the Helm release, of the kinds that the environment's role may list: of others Helm will say itself that it may not.

    TemporarilyUnavailable when somebody changes an object all the while; other refusals leave as ApiException.
    """
    for path, item in objects_of(api, namespace, release):
        _take_over(api, path, item)


def objects_of(api: kubernetes.client.ApiClient, namespace: str, release: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a Helm release, each with its path in the API; Helm notes on each whose it is."""
    for (version, _), plural in RESOURCES.items():
        root = f"/{'api' if version == 'v1' else 'apis'}/{version}/namespaces/{namespace}/{plural}"
        for item in _listed(api, root, plural):
            if item["metadata"].get("annotations", {}).get("meta.helm.sh/release-name") == release:
                yield f"{root}/{item['metadata']['name']}", item


def with_taken_over(entries: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """`managedFields` in which Helm owns what people's tools owned; None when there is nothing to take, or Helm has never applied the object."""
    helm = next((entry for entry in entries if (entry.get("manager"), entry.get("operation"), entry.get("subresource", "")) == (HELM, "Apply", "")), None)
    people = [entry for entry in entries if BY_HAND.match(str(entry.get("manager", ""))) and not entry.get("subresource")]
    taken = [_taken(entry.get("fieldsV1") or {}) for entry in people]
    if helm is None or not any(taken):
        return None
    fields = helm.get("fieldsV1") or {}
    for more in taken:
        fields = _union(fields, more)
    kept = [entry for entry in entries if entry is not helm and entry not in people]
    left = [{**entry, "fieldsV1": rest} for entry in people if (rest := _without(entry.get("fieldsV1") or {}, _taken(entry.get("fieldsV1") or {})))]
    return [*kept, *left, {**helm, "fieldsV1": fields}]


def _take_over(api: kubernetes.client.ApiClient, path: str, item: Mapping[str, Any]) -> None:
    for _ in range(_ATTEMPTS):
        entries = with_taken_over(item["metadata"].get("managedFields", []))
        if entries is None:
            return
        change = {"metadata": {"resourceVersion": item["metadata"]["resourceVersion"], "managedFields": entries}}
        try:
            _call(api, "PATCH", path, change)
        except ApiException as error:
            if error.status == 404:
                return
            if error.status != 409:
                raise
            item = _call(api, "GET", path)
            continue
        logger.info("fields that were set by hand are Helm's now", object=path)
        return
    raise TemporarilyUnavailable(f"{path} is being changed by somebody else all the while")


def _listed(api: kubernetes.client.ApiClient, root: str, plural: str) -> Iterator[dict[str, Any]]:
    """Without Helm's own Secrets, which are large."""
    selector = [("fieldSelector", "type!=helm.sh/release.v1")] if plural == "secrets" else []
    try:
        yield from _call(api, "GET", root, query=selector)["items"]
    except ApiException as error:
        if error.status != 403:
            raise


def _call(api: kubernetes.client.ApiClient, method: str, path: str, body: object = None, query: list[tuple[str, str]] | None = None) -> Any:
    headers = {"Accept": "application/json", "Content-Type": "application/merge-patch+json"}
    sent = api.param_serialize(method, path, query_params=query or [], header_params=headers, body=body, auth_settings=["BearerToken"])
    response = api.call_api(*sent, _request_timeout=ANSWER_SECONDS)
    content = response.read()
    if not 200 <= response.status < 300:
        raise ApiException(http_resp=response, body=content.decode(errors="replace"))
    return json.loads(content)


def _taken(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What of an owner's fields goes over."""
    found = {name: fields[name] for name in _TAKEN if name in fields}
    if "f:replicas" in found.get("f:spec", {}):
        found["f:spec"] = {name: inner for name, inner in found["f:spec"].items() if name != "f:replicas"}
    return {name: inner for name, inner in found.items() if inner}


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, **{name: _union(one.get(name, {}), inner) for name, inner in other.items()}}


def _without(fields: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """Empty leaves are fields; what had fields below and has none left goes."""
    left: dict[str, Any] = {}
    for name, inner in fields.items():
        if name not in gone:
            left[name] = inner
        elif rest := _without(inner, gone[name]):
            left[name] = rest
    return left
