"""What a pod may ask for and this node can't give: said in the container's status instead of being passed over. Pure; called by `container`."""

from collections.abc import Mapping
from typing import Any

_TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # nosec B105 - a path
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def unsupported(container: Mapping[str, Any], *, init: bool) -> str:
    """One line, empty when there is nothing.

    The token of a service account, which a real API server mounts into every pod unasked, is passed over: the pod starts without it.
    """
    if any(mount["mountPath"] != _TOKEN_FOLDER for mount in container.get("volumeMounts") or ()):
        return "volume mounts aren't supported by this node"
    if init and container.get("restartPolicy") == "Always":
        return "sidecars aren't supported by this node"
    if "postStart" in (container.get("lifecycle") or {}):
        return "lifecycle.postStart isn't supported by this node"
    grpc = [probe for probe in _PROBES if "grpc" in container.get(probe, {})]
    return f"{grpc[0]}.grpc isn't supported by this node" if grpc else ""
