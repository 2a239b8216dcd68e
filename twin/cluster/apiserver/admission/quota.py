"""How much a namespace may hold: ResourceQuota. Called for every object that is created, and for every Service that is changed, since its type may become
another one, after everything else said yes.

What is used is counted from what is stored, each time, so that no controller has to have seen the quota before it counts.
Source: apiserver/pkg/admission/plugin/resourcequota and pkg/quota/v1/evaluator of k8s.io/kubernetes. Left out: quotas with scopes (they are not
enforced), storage, pods that are resized, and the quota's own status (a controller's work).
https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from twin.cluster.apiserver.access.rbac import Read
from twin.cluster.apiserver.admission.containers import all_containers, pod_takes, stated
from twin.cluster.apiserver.admission.quantities import NOTHING, ONE, Quantity, parse
from twin.cluster.apiserver.admission.refusal import refused
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import EVENT, NAMESPACED, POD, RESOURCE_QUOTA, SERVICE, Resource

_FINISHED = ("Succeeded", "Failed")
_WITHOUT_PREFIX = ("cpu", "memory", "ephemeral-storage")
"""What a quota may also name without `requests.`."""
_TO_BE_SPECIFIED = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
_COUNTED_BY_PLURAL = frozenset({"configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services"})


def check_quota(resource: Resource, item: Object, old: Object | None, read: Read) -> None:
    """Forbidden when a quota of the namespace would be exceeded, or limits something that a pod's container doesn't specify. `old` is what an update replaces,
    which takes only what is more.
    """
    if resource is EVENT or (old is not None and resource is not SERVICE):
        return
    namespace = item["metadata"]["namespace"]
    quotas = [quota for quota in read(RESOURCE_QUOTA, namespace) if not quota.get("spec", {}).keys() & {"scopes", "scopeSelector"}]
    if resource is POD:
        for quota in quotas:
            _check_specified(item, quota)
    if quotas:
        requested, used = (
            _more(taken(resource, item), taken(resource, old) if old else {}),
            _total(taken(resource, each) for each in read(resource, namespace)),
        )
        for quota in quotas:
            _check_room(resource, item, quota, requested, used)


def used_of(quota: Object, read: Read) -> Mapping[str, str]:
    """How much of each amount that the quota limits is taken, as its status says it. Left out: quotas with scopes."""
    namespace = quota["metadata"]["namespace"]
    used: dict[str, Quantity] = {}
    for resource in NAMESPACED:
        if resource.stored:
            used |= _total(taken(resource, each) for each in read(resource, namespace))
    return {name: str(used.get(name, NOTHING)) for name in _hard(quota)}


def _check_specified(pod: Object, quota: Object) -> None:
    missing: dict[str, list[str]] = {}
    for container in all_containers(pod):
        specified = _by_quota_name(stated(container, "requests"), stated(container, "limits"))
        for name in _hard(quota).keys() & _TO_BE_SPECIFIED - specified.keys():
            missing.setdefault(name, []).append(container.get("name", ""))
    if missing:
        what = "; ".join(f"{name} for: {','.join(sorted(set(containers)))}" for name, containers in sorted(missing.items()))
        raise refused(POD, pod, f"failed quota: {quota['metadata']['name']}: must specify {what}")


def _check_room(resource: Resource, item: Object, quota: Object, requested: Mapping[str, Quantity], used: Mapping[str, Quantity]) -> None:
    hard = {name: parse(text) for name, text in _hard(quota).items() if name in requested and requested[name].amount}
    exceeded = sorted(name for name, limit in hard.items() if (used.get(name, NOTHING) + requested[name]).amount > limit.amount)
    if exceeded:
        amounts = ", ".join(
            f"{title}: {','.join(f'{name}={of.get(name, NOTHING)}' for name in exceeded)}"
            for title, of in (("requested", requested), ("used", used), ("limited", hard))
        )
        raise refused(resource, item, f"exceeded quota: {quota['metadata']['name']}, {amounts}")


def _hard(quota: Object) -> Mapping[str, str]:
    hard: Mapping[str, str] = quota.get("spec", {}).get("hard", {})
    return hard


def taken(resource: Resource, item: Object) -> Mapping[str, Quantity]:
    """What one object takes, by the names that quotas have for it. A finished pod is only an object."""
    counted = {f"count/{resource.qualified}": ONE}
    if resource is POD:
        finished = item.get("status", {}).get("phase") in _FINISHED
        return counted if finished else {**counted, "pods": ONE, **_by_quota_name(pod_takes(item, "requests"), pod_takes(item, "limits"))}
    if resource is SERVICE:
        counted |= _ways_in(item.get("spec", {}))
    return counted | ({resource.plural: ONE} if not resource.group and resource.plural in _COUNTED_BY_PLURAL else {})


def _ways_in(service: Object) -> Mapping[str, Quantity]:
    """Load balancers and ports of nodes, which aren't there yet when they are counted (pkg/quota/v1/evaluator/core/services.go)."""
    kind, ports = service.get("type"), service.get("ports", [])
    if kind == "LoadBalancer" and service.get("allocateLoadBalancerNodePorts") is False:
        ports = [port for port in ports if port.get("nodePort")]
    balancers = {"services.loadbalancers": ONE} if kind == "LoadBalancer" else {}
    return {**balancers, "services.nodeports": Quantity(Decimal(len(ports)))} if kind in ("LoadBalancer", "NodePort") else {}


def _more(new: Mapping[str, Quantity], old: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
    more = {name: Quantity(amount.amount - old.get(name, NOTHING).amount, amount.notation) for name, amount in new.items()}
    return {name: amount for name, amount in more.items() if amount.amount > 0}


def _by_quota_name(requests: Mapping[str, Quantity], limits: Mapping[str, Quantity]) -> dict[str, Quantity]:
    return {
        **{name: amount for name, amount in requests.items() if name in _WITHOUT_PREFIX},
        **{f"requests.{name}": amount for name, amount in requests.items()},
        **{f"limits.{name}": amount for name, amount in limits.items()},
    }


def _total(each: Iterable[Mapping[str, Quantity]]) -> Mapping[str, Quantity]:
    total: dict[str, Quantity] = {}
    for amounts in each:
        for name, amount in amounts.items():
            total[name] = total.get(name, NOTHING) + amount
    return total
