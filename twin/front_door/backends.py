"""Target groups: the ready addresses behind a port of a Service. Pure; used by `routing`.

Where a Service's pods listen is told by its EndpointSlices; a port of the Service and one of a slice belong together when they have the same name.
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from twin.cluster.client.kinds import Object

_SERVICE_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True, order=True)
class Target:
    """Where a pod listens."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True)
class TargetGroup:
    """`port` is a port of the Service by name or number, as the Ingress puts it. No targets when nothing is ready, or the Service or its port isn't there."""

    namespace: str
    service: str
    port: str
    targets: tuple[Target, ...]

    @property
    def name(self) -> str:
        """The same for as long as the group exists, whatever its targets."""
        return f"{self.namespace}/{self.service}:{self.port}"


class Backends:
    """What Services and EndpointSlices say, at one moment."""

    def __init__(self, services: Iterable[Object], slices: Iterable[Object]) -> None:
        self._services = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in services}
        self._slices: dict[tuple[str, str], list[Object]] = defaultdict(list)
        for item in slices:
            about = item["metadata"]
            self._slices[about["namespace"], about.get("labels", {}).get(_SERVICE_LABEL, "")].append(item)

    def target_group(self, namespace: str, service: str, port: str) -> TargetGroup:
        targets = {target for name in self._port_names(namespace, service, port) for target in self._ready(namespace, service, name)}
        return TargetGroup(namespace, service, port, tuple(sorted(targets)))

    def _port_names(self, namespace: str, service: str, port: str) -> list[str]:
        """The name of the one port that is meant (empty for a Service's only, unnamed port), or nothing."""
        found = self._services.get((namespace, service), {}).get("spec", {}).get("ports") or []
        return [each.get("name") or "" for each in found if port in (each.get("name"), str(each["port"]))][:1]

    def _ready(self, namespace: str, service: str, port_name: str) -> Iterator[Target]:
        for item in self._slices.get((namespace, service), []):
            ports = [int(each["port"]) for each in item.get("ports") or [] if (each.get("name") or "") == port_name]
            for endpoint in item.get("endpoints") or []:
                # Kubernetes: a condition that isn't told is to be taken for true.
                if (endpoint.get("conditions") or {}).get("ready") is not False:
                    yield from (Target(address, port) for address in endpoint["addresses"] for port in ports)
