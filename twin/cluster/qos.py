"""A pod's quality of service class. Pure; the API server says it of a new pod, the node of a running one. https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/"""

from collections.abc import Mapping
from typing import Any

_COUNTED = ("cpu", "memory")


def qos_class(spec: Mapping[str, Any]) -> str:
    """Amounts are compared as they are written: `1` and `1000m` count as different."""
    resources = [container.get("resources") or {} for container in [*spec.get("initContainers", ()), *spec.get("containers", ())]]
    if not any(name in (wanted.get(kind) or {}) for wanted in resources for kind in ("requests", "limits") for name in _COUNTED):
        return "BestEffort"
    return "Guaranteed" if all(map(_guaranteed, resources)) else "Burstable"


def _guaranteed(resources: Mapping[str, Any]) -> bool:
    limits, requested = resources.get("limits") or {}, resources.get("requests") or {}
    return all(name in limits and requested.get(name, limits[name]) == limits[name] for name in _COUNTED)
