"""Cluster IPs of Services. Nothing routes them here: traffic goes to the addresses in EndpointSlices. Called by `writing`."""

import ipaddress
from collections.abc import Iterable

from twin.cluster.apiserver.objects import Object

_RANGE = ipaddress.ip_network("10.96.0.0/16")
_FIRST = 10
"""Lower ones are reserved, as on a real cluster, for services with a known address."""


def give_address(service: Object, others: Iterable[Object]) -> None:
    """Set `clusterIP` and `clusterIPs` of a new Service in place, unless it has them or wants none."""
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return
    if not spec.get("clusterIP"):
        taken = {other["spec"].get("clusterIP") for other in others}
        hosts = (str(_RANGE[number]) for number in range(_FIRST, _RANGE.num_addresses))
        spec["clusterIP"] = next(address for address in hosts if address not in taken)
    spec.setdefault("clusterIPs", [spec["clusterIP"]])


def keep_address(service: Object, before: Object) -> None:
    """An update that doesn't mention the address keeps it."""
    for name in ("clusterIP", "clusterIPs"):
        if name in before["spec"] and not service["spec"].get(name):
            service["spec"][name] = before["spec"][name]
