"""What is refused in a pod's spec, for pods and for the templates of workloads. Called by `schema.rules`."""

import re
from collections.abc import Iterator, Sequence

from twin.cluster.apiserver.admission.quantities import parse
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.schema.faults import Fault, label_faults, required, unsupported

_CONTAINER_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = frozenset({"exec", "grpc", "httpGet", "sleep", "tcpSocket"})


def pod_faults(item: Object) -> Iterator[Fault]:
    yield from _spec_faults(item["spec"], "spec")


def template_faults(template: Object, restart_policies: Sequence[str]) -> Iterator[Fault]:
    """`restart_policies`: those that the workload allows."""
    yield from label_faults(template.get("metadata", {}).get("labels", {}), "spec.template.labels")
    spec = template.get("spec", {})
    if spec.get("restartPolicy") not in restart_policies:
        yield unsupported("spec.template.spec.restartPolicy", spec.get("restartPolicy"), restart_policies)
    yield from _spec_faults(spec, "spec.template.spec")


def _spec_faults(spec: Object, path: str) -> Iterator[Fault]:
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    if spec.get("restartPolicy") not in ("Always", "OnFailure", "Never"):
        yield unsupported(f"{path}.restartPolicy", spec.get("restartPolicy"), ("Always", "OnFailure", "Never"))
    volumes = {volume["name"] for volume in spec.get("volumes", ())}
    names: set[str] = set()
    for group in ("initContainers", "containers"):
        for position, container in enumerate(spec.get(group, ())):
            where = f"{path}.{group}[{position}]"
            if container["name"] in names:
                yield f"{where}.name", f'Duplicate value: "{container["name"]}"'
            names.add(container["name"])
            yield from _container_faults(container, where, volumes)


def _container_faults(container: Object, path: str, volumes: set[str]) -> Iterator[Fault]:
    if not _CONTAINER_NAME.fullmatch(container["name"]):
        yield f"{path}.name", f'Invalid value: "{container["name"]}": must be a DNS label'
    if not container.get("image"):
        yield required(f"{path}.image")
    if container["imagePullPolicy"] not in ("Always", "IfNotPresent", "Never"):
        yield unsupported(f"{path}.imagePullPolicy", container["imagePullPolicy"], ("Always", "IfNotPresent", "Never"))
    for position, port in enumerate(container.get("ports", ())):
        if not 1 <= port["containerPort"] <= 65535:
            yield f"{path}.ports[{position}].containerPort", f"Invalid value: {port['containerPort']}: must be between 1 and 65535, inclusive"
    for position, mount in enumerate(container.get("volumeMounts", ())):
        if mount["name"] not in volumes:
            yield f"{path}.volumeMounts[{position}].name", f'Not found: "{mount["name"]}"'
    for name in _PROBES:
        if name in container and not container[name].keys() & _HANDLERS:
            yield required(f"{path}.{name}")
    yield from _resource_faults(container.get("resources", {}), f"{path}.resources")
    for position, variable in enumerate(container.get("env", ())):
        if variable.get("value") and "valueFrom" in variable:
            yield f"{path}.env[{position}].valueFrom", 'Invalid value: "": may not be specified when `value` is not empty'


def _resource_faults(resources: Object, path: str) -> Iterator[Fault]:
    limits = resources.get("limits", {})
    for name, text in resources.get("requests", {}).items():
        request, limit = parse(text), parse(limits.get(name, text))
        if request.amount > limit.amount:
            yield f"{path}.requests", f'Invalid value: "{request}": must be less than or equal to {name} limit of {limit}'
