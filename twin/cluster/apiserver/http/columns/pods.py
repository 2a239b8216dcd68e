"""Pods: what a person wants to know first is why one isn't running, so `Status` is more than the phase."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from twin.cluster.apiserver.http.columns.ages import moment, since
from twin.cluster.apiserver.http.columns.column import AGE, NAME, NONE, Column, has_condition, text, value_at
from twin.cluster.apiserver.objects import Object, is_being_deleted


@dataclass(frozen=True)
class _Initialising:
    """Why a pod is still at its init containers; empty when it isn't."""

    reason: str
    ready_sidecars: int


def status(pod: Object) -> str:
    """`Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` ..."""
    phase = value_at(pod, "status.phase", "")
    if is_being_deleted(pod):
        if value_at(pod, "status.reason") == "NodeLost":
            return "Unknown"
        if phase not in ("Succeeded", "Failed"):
            return "Terminating"
    reason = value_at(pod, "status.reason") or phase
    if any(condition.get("reason") == "SchedulingGated" for condition in value_at(pod, "status.conditions", ()) if condition["type"] == "PodScheduled"):
        reason = "SchedulingGated"
    initialising = _initialising(pod)
    reason = initialising.reason or reason
    return reason if _only_initialising(pod, initialising) else _of_containers(pod, reason)


def _of_containers(pod: Object, reason: str) -> str:
    containers = _statuses(pod, "containerStatuses")
    for container in reversed(containers):
        reason = _not_running(container) or reason
    if reason == "Completed" and any(map(_is_running_and_ready, containers)):
        return "Running" if has_condition(pod, "Ready") else "NotReady"
    return reason


def _not_running(container: Object) -> str:
    state = container.get("state", {})
    if waiting := state.get("waiting", {}).get("reason"):
        return str(waiting)
    return _ending(state["terminated"]) if "terminated" in state else ""


def _ending(terminated: Object) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    return f"Signal:{terminated['signal']}" if terminated.get("signal") else f"ExitCode:{terminated.get('exitCode', 0)}"


def _initialising(pod: Object) -> _Initialising:
    sidecars = _sidecar_names(pod)
    ready = 0
    for index, container in enumerate(_statuses(pod, "initContainerStatuses")):
        state = container.get("state", {})
        if "terminated" in state and state["terminated"].get("exitCode", 0) == 0:
            continue
        if container["name"] in sidecars and container.get("started"):
            ready += bool(container.get("ready"))
            continue
        why = "" if state.get("waiting", {}).get("reason") == "PodInitializing" else _not_running(container)
        return _Initialising(f"Init:{why}" if why else f"Init:{index}/{len(value_at(pod, 'spec.initContainers', ()))}", ready)
    return _Initialising("", ready)


def _only_initialising(pod: Object, initialising: _Initialising) -> bool:
    return bool(initialising.reason) and not has_condition(pod, "Initialized")


def _ready(pod: Object) -> str:
    initialising = _initialising(pod)
    containers = [] if _only_initialising(pod, initialising) else _statuses(pod, "containerStatuses")
    ready = initialising.ready_sidecars + sum(map(_is_running_and_ready, containers))
    return f"{ready}/{len(pod['spec']['containers']) + len(_sidecar_names(pod))}"


def _restarts(pod: Object) -> str:
    """With the time since the last one, which tells a crash loop from an old mishap."""
    inits = _statuses(pod, "initContainerStatuses")
    if _only_initialising(pod, _initialising(pod)):
        counted = inits
    else:
        sidecars = _sidecar_names(pod)
        counted = [*(container for container in inits if container["name"] in sidecars), *_statuses(pod, "containerStatuses")]
    restarts = sum(container.get("restartCount", 0) for container in counted)
    last = max(_last_endings(counted), key=moment, default="")
    return f"{restarts} ({since(last)} ago)" if restarts and last else str(restarts)


def _last_endings(containers: Iterable[Object]) -> Iterable[str]:
    endings = (value_at(container, "lastState.terminated.finishedAt") for container in containers)
    return (ending for ending in endings if ending)


def _statuses(pod: Object, name: str) -> Sequence[Object]:
    found: Sequence[Object] = value_at(pod, f"status.{name}", ())
    return found


def _sidecar_names(pod: Object) -> set[str]:
    """Init containers that go on running: those with restartPolicy Always."""
    return {container["name"] for container in value_at(pod, "spec.initContainers", ()) if container.get("restartPolicy") == "Always"}


def _is_running_and_ready(container: Object) -> bool:
    return bool(container.get("ready")) and "running" in container.get("state", {})


def _ip(pod: Object) -> str:
    addresses: Sequence[Any] = value_at(pod, "status.podIPs", ())
    return str(addresses[0]["ip"]) if addresses else NONE


def _readiness_gates(pod: Object) -> str:
    gates = value_at(pod, "spec.readinessGates", ())
    return f"{sum(has_condition(pod, gate['conditionType']) for gate in gates)}/{len(gates)}" if gates else NONE


COLUMNS = {
    "Pod": (
        NAME,
        Column("Ready", _ready),
        Column("Status", status),
        Column("Restarts", _restarts),
        AGE,
        Column("IP", _ip, wide=True),
        Column("Node", text("spec.nodeName", NONE), wide=True),
        Column("Nominated Node", text("status.nominatedNodeName", NONE), wide=True),
        Column("Readiness Gates", _readiness_gates, wide=True),
    )
}
