"""Addresses that no endpoint may have: those that mean something else on every node. Called by `schema.rules`.

Source: ValidateNonSpecialIP of pkg/apis/core/validation in k8s.io/kubernetes.
"""

import ipaddress
from collections.abc import Iterator

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.schema.faults import Fault

_LOOPBACK = "may not be in the loopback range (127.0.0.0/8, ::1/128)"
_LINK_LOCAL = "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
_LINK_LOCAL_MULTICAST = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
_MULTICAST_RANGES = (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_network("ff02::/16"))


def endpoint_faults(item: Object, *, allow_loopback: bool) -> Iterator[Fault]:
    """Of an EndpointSlice or of Endpoints. `allow_loopback`: the twin's own pods listen there, where a real server refuses it."""
    for path, address in _addresses(item):
        if fault := _fault(address, allow_loopback=allow_loopback):
            yield path, f'Invalid value: "{address}": {fault}'


def _addresses(item: Object) -> Iterator[tuple[str, str]]:
    if item["kind"] == "EndpointSlice" and item.get("addressType") != "FQDN":
        for position, endpoint in enumerate(item.get("endpoints") or ()):
            for number, address in enumerate(endpoint.get("addresses") or ()):
                yield f"endpoints[{position}].addresses[{number}]", address
    for position, subset in enumerate(item.get("subsets") or ()):
        for group in ("addresses", "notReadyAddresses"):
            for number, address in enumerate(subset.get(group) or ()):
                yield f"subsets[{position}].{group}[{number}].ip", address.get("ip", "")


def _fault(text: str, *, allow_loopback: bool) -> str:
    """Empty when the address is one that pods can have."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    if address.is_unspecified:
        return f"may not be unspecified ({text})"
    if address.is_loopback:
        return "" if allow_loopback else _LOOPBACK
    if address.is_link_local:
        return _LINK_LOCAL
    return _LINK_LOCAL_MULTICAST if any(address in each for each in _MULTICAST_RANGES) else ""
