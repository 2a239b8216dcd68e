"""The API server's proxy to pods and services: `/api/v1/namespaces/NS/pods/NAME:PORT/proxy/PATH`. Slipway's smoke tests come this way.

https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/. Left out: rewriting of links in HTML, websockets.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
from aiohttp import web
from yarl import URL

from twin.cluster.apiserver.errors import bad_request, not_found, unavailable
from twin.cluster.apiserver.http.request import ResourceRequest
from twin.cluster.apiserver.objects import Key, Object
from twin.cluster.apiserver.resources import ENDPOINT_SLICE, POD
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.apiserver.subresources.relay import relay

_SCHEMES = ("http", "https")
_NOT_PASSED_ON = ("host", "authorization", "connection", "content-length", "transfer-encoding", "accept-encoding")
"""The caller's token is for the API server alone."""
_KEPT = "/$&+,:;=@"
"""In a path, which is read and written anew, as by Go's net/url."""

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)


@dataclass(frozen=True)
class Target:
    scheme: str
    name: str
    port: str


async def stream_proxy(request: web.Request, session: aiohttp.ClientSession, store: Store, asked: ResourceRequest, raw: bytes) -> web.StreamResponse:
    """ApiError 503 when nobody answers there; everything that answers is passed on as it is, errors too."""
    target = _parse(asked.name)
    address = _of_pod(store, asked.namespace, target) if asked.resource is POD else _of_service(store, asked.namespace, target)
    query = request.rel_url.raw_query_string
    url = URL(f"{target.scheme}://{address}{quote(asked.rest or '/', safe=_KEPT)}{query and '?'}{query}", encoded=True)
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
    try:
        async with session.request(request.method, url, headers=headers, data=raw or None, timeout=_TIMEOUT, allow_redirects=False) as answer:
            return await relay(request, answer)
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise unavailable(f"error trying to reach service: {error or type(error).__name__}") from error


def _parse(name: str) -> Target:
    """`NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`."""
    match name.split(":"):
        case [only]:
            return Target("http", only, "")
        case [only, port]:
            return Target("http", only, port)
        case [scheme, only, port] if scheme in _SCHEMES or not scheme:
            return Target(scheme or "http", only, port)
    raise bad_request(f"invalid proxy request: {name!r}")


def _of_pod(store: Store, namespace: str, target: Target) -> str:
    pod = store.get(POD, Key(namespace, target.name))
    if pod is None:
        raise not_found(POD, target.name)
    address = pod.get("status", {}).get("podIP")
    if not address:
        raise unavailable(f"address not allowed: pod {target.name} has none yet")
    return f"{address}:{target.port or _first_port(pod)}"


def _first_port(pod: Object) -> int:
    ports = [port["containerPort"] for container in pod["spec"]["containers"] for port in container.get("ports", [])]
    return ports[0] if ports else 80


def _of_service(store: Store, namespace: str, target: Target) -> str:
    addresses = list(_ready_addresses(store, namespace, target))
    if not addresses:
        raise unavailable(f'no endpoints available for service "{target.name}"')
    return random.choice(addresses)  # nosec B311 - spreads load, no secret


def _ready_addresses(store: Store, namespace: str, target: Target) -> Iterator[str]:
    for found in store.list(ENDPOINT_SLICE, namespace):
        if found["metadata"].get("labels", {}).get("kubernetes.io/service-name") != target.name:
            continue
        ports = [port["port"] for port in found.get("ports", []) if target.port in ("", port.get("name", ""), str(port["port"]))]
        for endpoint in found.get("endpoints", []):
            if ports and endpoint.get("conditions", {}).get("ready"):
                yield f"{endpoint['addresses'][0]}:{ports[0]}"
