"""What a container takes when it doesn't say, and how much it may take: LimitRange (the LimitRanger plugin). Called for every pod that is created.

Two defaults that a real server sets earlier, with all others, are set here: a pod's requests from its limits, a range's defaults from its bounds.
Source: plugin/pkg/admission/limitranger and pkg/apis/core/v1/defaults.go of k8s.io/kubernetes. Left out: limits of whole pods and of volume claims.
https://kubernetes.io/docs/concepts/policy/limit-range/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from twin.cluster.apiserver.admission.containers import GROUPS, all_containers, stated
from twin.cluster.apiserver.admission.quantities import Quantity, parse
from twin.cluster.apiserver.admission.refusal import refused
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import POD, Resource

Amounts: TypeAlias = Mapping[str, str]
"""Quantities as they are written, by resource: cpu, memory ..."""
_ANNOTATION = "kubernetes.io/limit-ranger"


def limited(resource: Resource, item: Object, ranges: Iterable[Object]) -> Object:
    """A pod with the defaults of the namespace's ranges; anything else as it is. Forbidden for a container outside of a range."""
    if resource is not POD:
        return item
    per_container = [[rule for rule in each.get("spec", {}).get("limits", ()) if rule.get("type") == "Container"] for each in ranges]
    pod = _changed(item, lambda container: _with_defaults(container, {}, container.get("resources", {}).get("limits", {})))
    for rules in per_container:
        pod = _with_range(pod, rules)
    for rules in per_container:
        if faults := [fault for rule in rules for container in all_containers(pod) for fault in _faults(container, rule)]:
            raise refused(POD, pod, *faults)
    return pod


def _with_range(pod: Object, rules: Iterable[Mapping[str, Amounts]]) -> Object:
    """What is filled in is also noted in an annotation."""
    limits: dict[str, str] = {}
    requests: dict[str, str] = {}
    for rule in rules:
        own: Amounts = {**rule.get("max", {}), **rule.get("default", {})}
        limits |= own
        requests |= {**rule.get("min", {}), **own, **rule.get("defaultRequest", {})}
    if notes := list(_notes(pod, limits, requests)):
        about = pod["metadata"]
        annotations = {**about.get("annotations", {}), _ANNOTATION: f"LimitRanger plugin set: {'; '.join(notes)}"}
        pod = {**pod, "metadata": {**about, "annotations": annotations}}
    return _changed(pod, lambda container: _with_defaults(container, limits, requests))


def _changed(pod: Object, change: Callable[[Object], Object]) -> Object:
    groups = {group: [change(container) for container in pod["spec"][group]] for group in GROUPS if group in pod["spec"]}
    return {**pod, "spec": {**pod["spec"], **groups}}


def _with_defaults(container: Object, limits: Amounts, requests: Amounts) -> Object:
    own: Mapping[str, Any] = container.get("resources", {})
    filled = {"limits": {**limits, **own.get("limits", {})}, "requests": {**requests, **own.get("requests", {})}}
    return {**container, "resources": {**own, **{kind: amounts for kind, amounts in filled.items() if amounts}}}


def _notes(pod: Object, limits: Amounts, requests: Amounts) -> Iterator[str]:
    for group, title in GROUPS.items():
        for container in pod["spec"].get(group, ()):
            for kind, defaults in (("request", requests), ("limit", limits)):
                if missing := sorted(defaults.keys() - stated(container, f"{kind}s").keys()):
                    yield f"{', '.join(missing)} {kind} for {title} {container.get('name', '')}"


def _faults(container: Object, rule: Mapping[str, Amounts]) -> Iterator[str]:
    """In LimitRanger's words, its two spaces included."""
    requested, limits = stated(container, "requests"), stated(container, "limits")
    for name, least in _amounts(rule, "min"):
        start = f"minimum {name} usage per Container is {least}"
        request, limit = requested.get(name), limits.get(name)
        if request is None:
            yield f"{start}.  No request is specified"
        elif request.amount < least.amount:
            yield f"{start}, but request is {request}"
        elif limit is not None and limit.amount < least.amount:
            yield f"{start}, but limit is {limit}"
    for name, most in _amounts(rule, "max"):
        start = f"maximum {name} usage per Container is {most}"
        request, limit = requested.get(name), limits.get(name)
        if limit is None:
            yield f"{start}.  No limit is specified"
        elif limit.amount > most.amount:
            yield f"{start}, but limit is {limit}"
        elif request is not None and request.amount > most.amount:
            yield f"{start}, but request is {request}"
    for name, ratio in _amounts(rule, "maxLimitRequestRatio"):
        start = f"{name} max limit to request ratio per Container is {ratio}"
        request, limit = requested.get(name), limits.get(name)
        if request is None or not request.amount:
            yield f"{start}, but no request is specified or request is 0"
        elif limit is None or not limit.amount:
            yield f"{start}, but no limit is specified or limit is 0"
        elif limit.amount > request.amount * ratio.amount:
            yield f"{start}, but provided ratio is {limit.amount / request.amount:.6f}"


def _amounts(rule: Mapping[str, Amounts], bound: str) -> Iterator[tuple[str, Quantity]]:
    for name, text in sorted(rule.get(bound, {}).items()):
        yield name, parse(text)
