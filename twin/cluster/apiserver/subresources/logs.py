"""A container's log, read from the pod's node as a real server does: over HTTPS at the kubelet's path, with the server's client certificate."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from aiohttp import web

from twin.cluster.apiserver.errors import ApiError, bad_request, not_found, unavailable
from twin.cluster.apiserver.objects import Key, Object
from twin.cluster.apiserver.resources import NODE
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.apiserver.subresources.relay import relay

_PARAMETERS = ("tailLines", "follow", "previous", "sinceSeconds", "sinceTime", "limitBytes", "timestamps")


def kubelet_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """Shows the server's certificate and doesn't check the node's, which is self-signed: a real server's default too (no --kubelet-certificate-authority)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(certificate, key)
    return context


async def stream_log(request: web.Request, session: aiohttp.ClientSession, store: Store, pod: Object, query: Mapping[str, str]) -> web.StreamResponse:
    """ApiError 400 when the container isn't named well or has no such log yet, 503 when the node doesn't answer."""
    about = pod["metadata"]
    container = query.get("container") or _only_container(pod)
    if container not in _containers(pod):
        raise bad_request(f"container {container} is not valid for pod {about['name']}")
    if not pod["spec"].get("nodeName"):
        return web.Response(text="")
    url = f"{_kubelet(store, pod['spec']['nodeName'])}/containerLogs/{about['namespace']}/{about['name']}/{container}"
    asked = {name: query[name] for name in _PARAMETERS if name in query}
    try:
        async with session.get(url, params=asked, timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)) as answer:
            if answer.status >= 400:
                raise ApiError(answer.status, "BadRequest" if answer.status == 400 else "NotFound", (await answer.text()).strip())
            return await relay(request, answer)
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise unavailable(f"the node of pod {about['name']} doesn't answer: {error}") from error


def _containers(pod: Object) -> list[str]:
    return [container["name"] for group in ("containers", "initContainers") for container in pod["spec"].get(group, [])]


def _only_container(pod: Object) -> str:
    names = [container["name"] for container in pod["spec"]["containers"]]
    if len(names) > 1:
        raise bad_request(f"a container name must be specified for pod {pod['metadata']['name']}, choose one of: [{' '.join(names)}]")
    return str(names[0])


def _kubelet(store: Store, node: str) -> str:
    found = store.get(NODE, Key("", node))
    if found is None:
        raise not_found(NODE, node)
    status = found.get("status", {})
    address = next((each["address"] for each in status.get("addresses", []) if each["type"] == "InternalIP"), "")
    port = status.get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port", 0)
    if not address or not port:
        raise unavailable(f"node {node} has told no address of its kubelet")
    return f"https://{address}:{port}"
