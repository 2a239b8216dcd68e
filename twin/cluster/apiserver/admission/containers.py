"""What the containers of a pod take, as they say it. Used by `limits` and `quota`.

Admission comes before validation: what validation refuses afterwards (a pod without containers, a container without a name) must not trip it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from twin.cluster.apiserver.admission.quantities import NOTHING, Quantity, parse
from twin.cluster.apiserver.objects import Object

GROUPS = {"containers": "container", "initContainers": "init container"}
"""The lists of containers in a pod's spec, and what one of each is called."""


def all_containers(pod: Object) -> Iterator[Object]:
    """Init containers last, as LimitRanger and quotas go through them."""
    for group in GROUPS:
        yield from pod["spec"].get(group, ())


def stated(container: Object, kind: str) -> dict[str, Quantity]:
    """`kind` is requests or limits."""
    return {name: parse(text) for name, text in container.get("resources", {}).get(kind, {}).items()}


def pod_takes(pod: Object, kind: str) -> dict[str, Quantity]:
    """What a pod's containers take together, or its init containers one after the other if that is more; restartable ones (sidecars) stay.

    Source: PodRequests and PodLimits of k8s.io/component-helpers/resource. Left out: resources of the pod as a whole, overhead.
    """
    together = _sum(stated(container, kind) for container in pod["spec"].get("containers", ()))
    sidecars: dict[str, Quantity] = {}
    starting: dict[str, Quantity] = {}
    for container in pod["spec"].get("initContainers", ()):
        own = stated(container, kind)
        if container.get("restartPolicy") == "Always":
            together, sidecars, own = _sum((together, own)), _sum((sidecars, own)), {}
        starting = _most(starting, _sum((sidecars, own)))
    return _most(together, starting)


def _sum(each: Iterable[dict[str, Quantity]]) -> dict[str, Quantity]:
    total: dict[str, Quantity] = {}
    for amounts in each:
        for name, amount in amounts.items():
            total[name] = total.get(name, NOTHING) + amount
    return total


def _most(one: dict[str, Quantity], other: dict[str, Quantity]) -> dict[str, Quantity]:
    """The larger amount of each resource."""
    never = Quantity(Decimal("-Infinity"))
    return one | {name: amount for name, amount in other.items() if amount.amount > one.get(name, never).amount}
