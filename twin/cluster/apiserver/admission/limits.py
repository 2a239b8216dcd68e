"""What a container takes when it doesn't say, and how much it may take: LimitRange (the LimitRanger plugin). Called for every pod that is created.

Left out: limits of whole pods and of volume claims, ratios. https://kubernetes.io/docs/concepts/policy/limit-range/
"""

from collections.abc import Iterable, Iterator, Mapping

from twin.cluster.apiserver.admission.quantities import parse
from twin.cluster.apiserver.errors import forbidden
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import POD, Resource


def limited(resource: Resource, item: Object, ranges: Iterable[Object]) -> Object:
    """A pod with the defaults of the namespace's ranges; anything else as it is. Forbidden for a container outside of a range."""
    if resource is not POD:
        return item
    rules = [rule for each in ranges for rule in each["spec"]["limits"] if rule["type"] == "Container"]
    for rule in rules:
        item = _with_defaults(item, rule)
    faults = [fault for rule in rules for container in item["spec"]["containers"] for fault in _faults(container, rule)]
    if faults:
        name = item["metadata"]["name"]
        raise forbidden(f'pods "{name}" is forbidden: {faults[0] if len(faults) == 1 else "[" + ", ".join(faults) + "]"}', POD, name)
    return item


def _with_defaults(pod: Object, rule: Mapping[str, Mapping[str, str]]) -> Object:
    containers = [_container_with_defaults(container, rule) for container in pod["spec"]["containers"]]
    return {**pod, "spec": {**pod["spec"], "containers": containers}}


def _container_with_defaults(container: Object, rule: Mapping[str, Mapping[str, str]]) -> Object:
    """A request that isn't there is taken from the limit that is, before it is taken from the range."""
    own = container.get("resources", {})
    limits = {**rule.get("default", {}), **own.get("limits", {})}
    requests = {**rule.get("defaultRequest", {}), **own.get("limits", {}), **own.get("requests", {})}
    filled = {name: values for name, values in (("limits", limits), ("requests", requests)) if values}
    return {**container, "resources": {**own, **filled}}


def _faults(container: Object, rule: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    resources = container.get("resources", {})
    for name, most in rule.get("max", {}).items():
        limit = resources.get("limits", {}).get(name)
        if limit is None:
            yield f"maximum {name} usage per Container is {most}. No limit is specified"
        elif parse(limit) > parse(most):
            yield f"maximum {name} usage per Container is {most}, but limit is {limit}"
    for name, least in rule.get("min", {}).items():
        request = resources.get("requests", {}).get(name)
        if request is None:
            yield f"minimum {name} usage per Container is {least}. No request is specified"
        elif parse(request) < parse(least):
            yield f"minimum {name} usage per Container is {least}, but request is {request}"
