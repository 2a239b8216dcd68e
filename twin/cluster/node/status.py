"""A pod's status out of what its containers report. Pure; called by `pod` for every write.

https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (getPhase, generateAPIPodStatus) and pkg/kubelet/status/generate.go
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twin.cluster.client.kinds import Object
from twin.cluster.node.environment import PodFacts
from twin.cluster.node.states import ContainerReport, Running, State, Terminated, Waiting, as_text
from twin.cluster.qos import qos_class

_OWN_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
Reports = Sequence[ContainerReport]


@dataclass(frozen=True)
class PodReport:
    """`ended` once the pod was terminated because of its deletion: then nothing is started again, whatever its restart policy."""

    containers: Reports
    init_containers: Reports
    facts: PodFacts
    started_at: datetime
    ended: bool = False


def pod_status(pod: Object, report: PodReport, known_conditions: Sequence[Object], now: datetime) -> Object:
    """The whole `status`. Of `known_conditions`, unchanged ones keep their transition time, and those of other authors are kept."""
    policy = pod["spec"].get("restartPolicy", "Always")
    phase = _phase(report, policy)
    status: Object = {
        "phase": phase,
        "conditions": _conditions(report, phase, known_conditions, now),
        "hostIP": report.facts.host_address,
        "hostIPs": [{"ip": report.facts.host_address}],
        "podIP": report.facts.address,
        "podIPs": [{"ip": report.facts.address}],
        "startTime": as_text(report.started_at),
        "qosClass": qos_class(pod["spec"]),
        "containerStatuses": [_container(container) for container in sorted(report.containers, key=lambda container: container.name)],
    }
    if report.init_containers:
        status["initContainerStatuses"] = [_container(container) for container in report.init_containers]
    if "generation" in pod["metadata"]:
        status["observedGeneration"] = pod["metadata"]["generation"]
    return status


def initialized(init_containers: Reports) -> bool:
    return all(_succeeded(container) for container in init_containers)


def _phase(report: PodReport, policy: str) -> str:
    states = [container.state for container in report.containers]
    if report.ended:
        return "Succeeded" if all(_succeeded(container) for container in report.containers) else "Failed"
    if not initialized(report.init_containers):
        failed = any(isinstance(container.state, Terminated) and container.state.exit_code for container in report.init_containers)
        return "Failed" if failed and policy == "Never" else "Pending"
    if any(isinstance(state, Waiting) and container.last is None for state, container in zip(states, report.containers, strict=True)):
        return "Pending"
    if policy == "Always" or not all(isinstance(state, Terminated) for state in states):
        return "Running"
    if all(_succeeded(container) for container in report.containers):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def _succeeded(container: ContainerReport) -> bool:
    return isinstance(container.state, Terminated) and container.state.exit_code == 0


def _conditions(report: PodReport, phase: str, known: Sequence[Object], now: datetime) -> list[Object]:
    containers_ready = phase == "Running" and all(container.ready for container in report.containers)
    not_ready = _not_ready(report, phase)
    wanted: dict[str, Object] = {
        "PodReadyToStartContainers": {"status": _word(not report.ended)},
        "Initialized": {"status": _word(initialized(report.init_containers)), **_not_initialized(report)},
        "Ready": {"status": _word(containers_ready), **not_ready},
        "ContainersReady": {"status": _word(containers_ready), **not_ready},
        "PodScheduled": {"status": "True"},
    }
    before = {condition["type"]: condition for condition in known}
    own = [_condition(kind, wanted[kind], before.get(kind), now) for kind in _OWN_CONDITIONS]
    return [*own, *(condition for kind, condition in before.items() if kind not in wanted)]


def _condition(kind: str, wanted: Object, before: Object | None, now: datetime) -> Object:
    changed = before is None or before["status"] != wanted["status"] or "lastTransitionTime" not in before
    return {"type": kind, **wanted, "lastTransitionTime": as_text(now) if changed or before is None else before["lastTransitionTime"]}


def _not_initialized(report: PodReport) -> Object:
    incomplete = [container.name for container in report.init_containers if not _succeeded(container)]
    return {"reason": "ContainersNotInitialized", "message": f"containers with incomplete status: [{' '.join(incomplete)}]"} if incomplete else {}


def _not_ready(report: PodReport, phase: str) -> Object:
    if phase == "Succeeded":
        return {"reason": "PodCompleted"}
    if phase == "Failed":
        return {"reason": "PodFailed"}
    unready = [container.name for container in report.containers if not container.ready]
    return {"reason": "ContainersNotReady", "message": f"containers with unready status: [{' '.join(unready)}]"} if unready else {}


def _word(value: bool) -> str:
    return "True" if value else "False"


def _container(report: ContainerReport) -> Object:
    status: Object = {
        "name": report.name,
        "image": report.image,
        "imageID": report.image_id,
        "ready": report.ready,
        "started": report.started,
        "restartCount": report.restarts,
        "state": _state(report.state),
        "lastState": _state(report.last) if report.last else {},
    }
    return {**status, "containerID": report.container_id} if report.container_id else status


def _state(state: State) -> dict[str, Any]:
    match state:
        case Waiting():
            return {"waiting": _without_empty(reason=state.reason, message=state.message)}
        case Running():
            return {"running": {"startedAt": as_text(state.started_at)}}
        case Terminated():
            return {
                "terminated": {
                    "exitCode": state.exit_code,
                    "startedAt": as_text(state.started_at),
                    "finishedAt": as_text(state.finished_at),
                    **_without_empty(reason=state.reason, message=state.message, containerID=state.container_id),
                }
            }


def _without_empty(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}
