"""Which EndpointSlices a Service should have, and what to change for that. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twin.cluster.client.kinds import Object
from twin.cluster.controllers.ownership import reference_to
from twin.cluster.controllers.pods import has_ended, has_labels, is_leaving, is_ready

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
US = "endpointslice-controller.k8s.io"
_HEADLESS = "service.kubernetes.io/headless"


@dataclass(frozen=True)
class Content:
    """Of one slice: all its endpoints listen on the same ports."""

    ports: list[Object]
    endpoints: list[Object]


@dataclass(frozen=True)
class Changes:
    create: list[Object]
    replace: list[Object]
    delete: list[Object]


def selects(service: Object, pod: Object) -> bool:
    selector = service["spec"].get("selector")
    return bool(selector) and service["metadata"]["namespace"] == pod["metadata"]["namespace"] and has_labels(pod, selector)


def is_ours(item: Object) -> bool:
    return bool((item["metadata"].get("labels") or {}).get(MANAGED_BY) == US)


def contents(service: Object, pods: Iterable[Object]) -> list[Content]:
    """One for each set of port numbers: during a rollout a named port may be another number in the new pods."""
    found: list[Content] = []
    for pod in sorted(pods, key=lambda each: str(each["metadata"]["name"])):
        if not selects(service, pod) or has_ended(pod) or not pod.get("status", {}).get("podIP"):
            continue
        ports = _ports(service, pod)
        content = next((each for each in found if each.ports == ports), None)
        if content is None:
            content = Content(ports, [])
            found.append(content)
        content.endpoints.append(_endpoint(service, pod))
    return found


def changes(service: Object, wanted: Sequence[Content], present: Sequence[Object]) -> Changes:
    """`present`: our slices of this Service. Those with the same ports are kept; a Service without pods keeps one slice without endpoints."""
    if not service["spec"].get("selector"):
        return Changes([], [], list(present))
    if not wanted:
        wanted = [Content(_of(present[0], "ports") if present else [], [])]
    left = list(present)
    result = Changes([], [], [])
    for content in wanted:
        same_ports = next((each for each in left if _of(each, "ports") == content.ports), None)
        if same_ports is None:
            result.create.append(_new(service, content))
            continue
        left.remove(same_ports)
        if _of(same_ports, "endpoints") != content.endpoints:
            result.replace.append({**same_ports, "endpoints": content.endpoints})
    result.delete.extend(left)
    return result


def _of(item: Object, name: str) -> list[Object]:
    """Go writes an empty list as null."""
    return item.get(name) or []


def _endpoint(service: Object, pod: Object) -> Object:
    """Out of service from the moment its deletion is asked for, although it still serves what it has."""
    about, ready, leaving = pod["metadata"], is_ready(pod), is_leaving(pod)
    always = bool(service["spec"].get("publishNotReadyAddresses"))
    endpoint: Object = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": always or (ready and not leaving), "serving": always or ready, "terminating": leaving},
        "targetRef": {"kind": "Pod", "namespace": about["namespace"], "name": about["name"], "uid": about["uid"]},
    }
    if pod["spec"].get("nodeName"):
        endpoint["nodeName"] = pod["spec"]["nodeName"]
    return endpoint


def _ports(service: Object, pod: Object) -> list[Object]:
    """Without those whose name no container of the pod knows."""
    found: list[Object] = []
    for port in service["spec"].get("ports", ()):
        number = _number(port, pod)
        if number is not None:
            entry: Object = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
            if "appProtocol" in port:
                entry["appProtocol"] = port["appProtocol"]
            found.append(entry)
    return found


def _number(port: Object, pod: Object) -> int | None:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    protocol = port.get("protocol", "TCP")
    named = (each for container in pod["spec"]["containers"] for each in container.get("ports", ()) if each.get("name") == target)
    return next((int(each["containerPort"]) for each in named if each.get("protocol", "TCP") == protocol), None)


def _new(service: Object, content: Content) -> Object:
    about = service["metadata"]
    labels = {SERVICE_NAME: about["name"], MANAGED_BY: US}
    if service["spec"].get("clusterIP") == "None":
        labels[_HEADLESS] = ""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"generateName": f"{about['name']}-", "namespace": about["namespace"], "labels": labels, "ownerReferences": [reference_to(service)]},
        "addressType": "IPv4",
        "ports": content.ports,
        "endpoints": content.endpoints,
    }
