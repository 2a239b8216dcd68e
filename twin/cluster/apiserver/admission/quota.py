"""How much a namespace may hold: ResourceQuota. Called for every object that is created.

What is used is counted from what is stored, each time. Left out: scopes, storage, and the quota's own status (a controller's work).
https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from twin.cluster.apiserver.access.rbac import Read
from twin.cluster.apiserver.admission.quantities import parse, written
from twin.cluster.apiserver.errors import forbidden
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import POD, RESOURCE_QUOTA, Resource

_FINISHED = ("Succeeded", "Failed")
_COMPUTE = {"cpu": "requests.cpu", "memory": "requests.memory"}
"""Short names that a quota may use."""


def check_quota(resource: Resource, item: Object, read: Read) -> None:
    """Forbidden when a quota of the namespace would be exceeded, or limits something that the pod doesn't specify."""
    namespace = item["metadata"]["namespace"]
    for quota in read(RESOURCE_QUOTA, namespace):
        hard: Mapping[str, str] = quota.get("spec", {}).get("hard", {})
        wanted = {name: amount for name, amount in _usage(resource, item).items() if _plain(name) in {_plain(limit) for limit in hard}}
        if resource is POD:
            _check_specified(item, quota, hard)
        if not wanted:
            continue
        used: defaultdict[str, Decimal] = defaultdict(Decimal)
        for other in read(resource, namespace):
            for name, amount in _usage(resource, other).items():
                used[name] += amount
        exceeded = [name for name in hard if _plain(name) in wanted and used[_plain(name)] + wanted[_plain(name)] > parse(hard[name])]
        if exceeded:
            raise _exceeded(resource, item, quota, {name: (wanted[_plain(name)], used[_plain(name)], hard[name]) for name in sorted(exceeded)})


def _plain(name: str) -> str:
    return _COMPUTE.get(name, name)


def _usage(resource: Resource, item: Object) -> dict[str, Decimal]:
    """What one object takes, by the name that a quota has for it."""
    used = {f"count/{resource.qualified}": Decimal(1), resource.plural: Decimal(1)}
    if resource is not POD:
        return used
    if item.get("status", {}).get("phase") in _FINISHED:
        return {f"count/{resource.qualified}": Decimal(1)}
    for kind in ("requests", "limits"):
        for name in ("cpu", "memory"):
            amounts = [parse(container.get("resources", {}).get(kind, {}).get(name, "0")) for container in item["spec"]["containers"]]
            initial = [parse(container.get("resources", {}).get(kind, {}).get(name, "0")) for container in item["spec"].get("initContainers", [])]
            used[f"{kind}.{name}"] = max(sum(amounts, Decimal()), *initial, Decimal())
    return used


def _check_specified(pod: Object, quota: Object, hard: Mapping[str, str]) -> None:
    """A quota on a compute resource wants every container to say how much of it it takes."""
    missing = dict(_unspecified(pod, hard))
    if missing:
        name = pod["metadata"]["name"]
        what = "; ".join(f"{limit} for: {containers}" for limit, containers in sorted(missing.items()))
        raise forbidden(f'pods "{name}" is forbidden: failed quota: {quota["metadata"]["name"]}: must specify {what}', POD, name)


def _unspecified(pod: Object, hard: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for limit in hard:
        kind, _, name = _plain(limit).partition(".")
        if kind in ("requests", "limits") and name in ("cpu", "memory"):
            containers = [each["name"] for each in pod["spec"]["containers"] if name not in each.get("resources", {}).get(kind, {})]
            if containers:
                yield limit, ",".join(containers)


def _exceeded(resource: Resource, item: Object, quota: Object, amounts: Mapping[str, tuple[Decimal, Decimal, str]]) -> Exception:
    def listed(column: int) -> str:
        return ",".join(f"{name}={amount if isinstance(amount := row[column], str) else written(amount, row[2])}" for name, row in amounts.items())

    name = item["metadata"]["name"]
    message = f"exceeded quota: {quota['metadata']['name']}, requested: {listed(0)}, used: {listed(1)}, limited: {listed(2)}"
    return forbidden(f'{resource.qualified} "{name}" is forbidden: {message}', resource, name)
