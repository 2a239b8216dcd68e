"""What a pod's spec is taken to say when it doesn't, for pods and for the templates of workloads. Called by `schema.defaults`.

Source: k8s.io/kubernetes/pkg/apis/core/v1/defaults.go. Left out: the token volume of a service account, tolerations, host network, resource limits as
requests' default.
"""

from typing import Any

from twin.cluster.apiserver.objects import Object

_SPEC: Object = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
}
_PROBE: Object = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_FILE_MODE = 0o644
_VOLUMES_WITH_FILES = ("configMap", "secret", "downwardAPI", "projected")


def set_defaults(target: Object, defaults: Object) -> None:
    for name, value in defaults.items():
        target.setdefault(name, value)


def set_pod_spec_defaults(spec: Object) -> None:
    """Changes `spec` in place."""
    set_defaults(spec, _SPEC)
    spec.setdefault("securityContext", {})
    for container in [*spec.get("initContainers", ()), *spec.get("containers", ())]:
        _container(container)
    for volume in spec.get("volumes", ()):
        _volume(volume)
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])


def _container(container: Object) -> None:
    container.setdefault("imagePullPolicy", _pull_policy(str(container.get("image", ""))))
    container.setdefault("resources", {})
    set_defaults(container, {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"})
    for port in container.get("ports", ()):
        port.setdefault("protocol", "TCP")
    for variable in container.get("env", ()):
        _field_reference(variable.get("valueFrom", {}))
    for probe in (container[name] for name in _PROBES if name in container):
        set_defaults(probe, _PROBE)
        _handler(probe)
    for handler in container.get("lifecycle", {}).values():
        if isinstance(handler, dict):
            _handler(handler)


def _pull_policy(image: str) -> str:
    """`latest`, said or meant, is pulled each time; anything else, a digest included, when it isn't there."""
    if "@" in image:
        return "IfNotPresent"
    _, _, tag = image.rpartition("/")[2].partition(":")
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _handler(handler: Object) -> None:
    if request := handler.get("httpGet"):
        set_defaults(request, {"path": "/", "scheme": "HTTP"})


def _field_reference(source: Any) -> None:
    if "fieldRef" in source:
        source["fieldRef"].setdefault("apiVersion", "v1")


def _volume(volume: Object) -> None:
    if not volume.keys() - {"name"}:
        volume["emptyDir"] = {}
    for kind in _VOLUMES_WITH_FILES:
        if isinstance(volume.get(kind), dict):
            volume[kind].setdefault("defaultMode", _FILE_MODE)
            for item in volume[kind].get("items", ()):
                _field_reference(item)
