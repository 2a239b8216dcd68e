"""A container's environment. Called by `container` before each start.

In the order in which later ones win: the node's own defaults, the image's Env, `envFrom`, `env`. Nothing comes from the agent's environment.
Left out: `resourceFieldRef`, `fileKeyRef`, variables about Services (`enableServiceLinks`).
"""

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.cluster.client.kinds import CONFIG_MAPS, SECRETS, Kind, Object
from twin.cluster.node.command import image_path
from twin.cluster.node.expansion import expand

Read = Callable[[Kind, str, str], Awaitable[Object | None]]
"""Fetches an object by namespace and name; None when there is none."""

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_INDEXED_FIELD = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


class ConfigMissing(Exception):
    """The pod refers to something that isn't there; the message is kubelet's."""


@dataclass(frozen=True)
class PodFacts:
    """What the API's object doesn't say yet."""

    address: str
    host_address: str


@dataclass(frozen=True)
class Places:
    """Folders of this machine in the place of those in a container. `scratch` is the pod's own; `bytecode` is outside of the image, which is read-only."""

    image: Path
    interpreter: Path
    scratch: Path
    bytecode: Path


async def declared_variables(container: Mapping[str, Any], pod: Object, facts: PodFacts, read: Read) -> dict[str, str]:
    """What the pod's spec says. ConfigMissing when a reference that isn't optional leads nowhere."""
    variables: dict[str, str] = {}
    namespace = pod["metadata"]["namespace"]
    for source in container.get("envFrom") or ():
        for member, kind in (("configMapRef", CONFIG_MAPS), ("secretRef", SECRETS)):
            if member in source:
                found = await _data(kind, namespace, source[member], read)
                variables |= {source.get("prefix", "") + name: value for name, value in (found or {}).items()}
    for variable in container.get("env") or ():
        if "valueFrom" not in variable:
            variables[variable["name"]] = expand(variable.get("value") or "", variables)
            continue
        value = await _value(variable["valueFrom"], pod, facts, read)
        if value is not None:
            variables[variable["name"]] = value
    return variables


def process_environment(declared: Mapping[str, str], image_config: Mapping[str, Any], pod_name: str, places: Places) -> dict[str, str]:
    """The whole environment of the process, with paths that lead into the unpacked image."""
    scratch = str(places.scratch)
    environment = {
        "PATH": _SYSTEM_PATH,
        "HOSTNAME": pod_name,
        "HOME": scratch,
        "TMPDIR": scratch,
        "PYTHONPYCACHEPREFIX": str(places.bytecode),
        **dict(entry.split("=", 1) for entry in image_config.get("Env") or () if "=" in entry),
        **declared,
    }
    environment["PATH"] = f"{places.interpreter}:{environment['PATH']}"
    if "PYTHONPATH" in environment:
        environment["PYTHONPATH"] = ":".join(
            str(image_path(entry, places.image)) if entry.startswith("/") else entry for entry in environment["PYTHONPATH"].split(":")
        )
    return environment


async def _value(source: Mapping[str, Any], pod: Object, facts: PodFacts, read: Read) -> str | None:
    """None when an optional reference leads nowhere."""
    if "fieldRef" in source:
        return _field(source["fieldRef"]["fieldPath"], pod, facts)
    for member, kind in (("configMapKeyRef", CONFIG_MAPS), ("secretKeyRef", SECRETS)):
        if member in source:
            reference = source[member]
            namespace = pod["metadata"]["namespace"]
            found = await _data(kind, namespace, reference, read)
            if found is not None and reference["key"] not in found and not reference.get("optional"):
                raise ConfigMissing(f"couldn't find key {reference['key']} in {kind.kind} {namespace}/{reference['name']}")
            return (found or {}).get(reference["key"])
    raise ConfigMissing(f"{', '.join(source)} isn't supported by this node")


async def _data(kind: Kind, namespace: str, reference: Mapping[str, Any], read: Read) -> Mapping[str, str] | None:
    found = await read(kind, namespace, reference["name"])
    if found is None:
        if reference.get("optional"):
            return None
        raise ConfigMissing(f'{kind.kind.lower()} "{reference["name"]}" not found')
    data: Mapping[str, str] = found.get("data") or {}
    return {name: base64.b64decode(value).decode(errors="replace") for name, value in data.items()} if kind is SECRETS else data


def _field(path: str, pod: Object, facts: PodFacts) -> str:
    """https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#downwardapi-fieldRef"""
    about, spec = pod["metadata"], pod["spec"]
    if found := _INDEXED_FIELD.fullmatch(path):
        return str((about.get(found[1]) or {}).get(found[2], ""))
    fields = {
        "metadata.name": about["name"],
        "metadata.namespace": about["namespace"],
        "metadata.uid": about["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.podIP": facts.address,
        "status.podIPs": facts.address,
        "status.hostIP": facts.host_address,
        "status.hostIPs": facts.host_address,
    }
    if path not in fields:
        raise ConfigMissing(f"unsupported fieldPath: {path}")
    return str(fields[path])
