"""How pods are reached."""

from collections.abc import Iterator

from twin.cluster.apiserver.http.columns.column import AGE, NAME, NONE, UNSET, Column, first_of, label_selector, labels, text, value_at
from twin.cluster.apiserver.objects import Object

_SHOWN = 3


def _cluster_ip(service: Object) -> str:
    addresses = value_at(service, "spec.clusterIPs", ())
    return str(addresses[0]) if addresses else NONE


def _external_ip(service: Object) -> str:
    kind = value_at(service, "spec.type", "ClusterIP")
    if kind == "ExternalName":
        return str(value_at(service, "spec.externalName", ""))
    given = value_at(service, "spec.externalIPs", [])
    balanced = sorted(_load_balancer_addresses(service)) if kind == "LoadBalancer" else []
    return ",".join([*balanced, *given]) or ("<pending>" if kind == "LoadBalancer" else NONE)


def _load_balancer_addresses(item: Object) -> set[str]:
    every = value_at(item, "status.loadBalancer.ingress", ())
    return {address for each in every if (address := each.get("ip") or each.get("hostname"))}


def _service_ports(service: Object) -> str:
    def written(port: Object) -> str:
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        return f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}"

    return ",".join(map(written, value_at(service, "spec.ports", ()))) or NONE


def _hosts(ingress: Object) -> str:
    return first_of((rule["host"] for rule in value_at(ingress, "spec.rules", ()) if rule.get("host")), _SHOWN, "*")


def _slice_ports(item: Object) -> str:
    return first_of((str(port.get("port") or port.get("name") or "*") for port in item.get("ports") or ()), _SHOWN, UNSET)


def _slice_addresses(item: Object) -> str:
    return first_of((address for endpoint in item.get("endpoints") or () for address in endpoint.get("addresses") or ()), _SHOWN, UNSET)


def _endpoints(item: Object) -> Iterator[str]:
    for subset in item.get("subsets") or ():
        for address in subset.get("addresses") or ():
            yield from (f"{address['ip']}:{port['port']}" for port in subset["ports"]) if subset.get("ports") else [address["ip"]]


COLUMNS = {
    "Service": (
        NAME,
        Column("Type", text("spec.type")),
        Column("Cluster-IP", _cluster_ip),
        Column("External-IP", _external_ip),
        Column("Port(s)", _service_ports),
        AGE,
        Column("Selector", lambda item: labels(value_at(item, "spec.selector", {})), wide=True),
    ),
    "Ingress": (
        NAME,
        Column("Class", text("spec.ingressClassName", NONE)),
        Column("Hosts", _hosts),
        Column("Address", lambda item: ",".join(sorted(_load_balancer_addresses(item)))),
        Column("Ports", lambda item: "80, 443" if value_at(item, "spec.tls") else "80"),
        AGE,
    ),
    "EndpointSlice": (NAME, Column("AddressType", text("addressType")), Column("Ports", _slice_ports), Column("Endpoints", _slice_addresses), AGE),
    "Endpoints": (NAME, Column("Endpoints", lambda item: first_of(_endpoints(item), _SHOWN, NONE)), AGE),
    "NetworkPolicy": (NAME, Column("Pod-Selector", lambda item: label_selector(value_at(item, "spec.podSelector", {}))), AGE),
}
