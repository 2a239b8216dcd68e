"""A pod's status out of what its containers report."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from twin.cluster.client.kinds import Object
from twin.cluster.node.environment import PodFacts
from twin.cluster.node.states import ContainerReport, Running, Terminated, Waiting
from twin.cluster.node.status import PodReport, pod_status
from twin.cluster.qos import qos_class

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
FACTS = PodFacts("127.64.0.5", "127.0.0.1")
DONE = Terminated(0, "Completed", AT, LATER, "process://1")
FAILED = Terminated(3, "Error", AT, LATER, "process://2", "why")
CREATING = Waiting("ContainerCreating")
CRASHED = Waiting("CrashLoopBackOff", "back-off 10s")


def container(state: Running | Waiting | Terminated, name: str = "web", **more: Any) -> ContainerReport:
    return ContainerReport(name, "image", state, **more)


def status(*containers: ContainerReport, init: tuple[ContainerReport, ...] = (), policy: str = "Always", ended: bool = False) -> Object:
    return status_with([], PodReport(containers, init, FACTS, AT, ended), policy)


def status_with(known: list[Object], report: PodReport, policy: str = "Always") -> Object:
    init_containers: list[Object] = [{} for _ in report.init_containers]
    pod: Object = {"metadata": {"generation": 2}, "spec": {"restartPolicy": policy, "containers": [{}], "initContainers": init_containers}}
    return pod_status(pod, report, known, AT)


def condition(found: Object, kind: str) -> Object:
    return next(condition for condition in found["conditions"] if condition["type"] == kind)


@pytest.mark.parametrize(
    ("states", "policy", "expected"),
    [
        ([container(CREATING)], "Always", "Pending"),
        ([container(Running(AT)), container(CREATING)], "Always", "Pending"),
        ([container(Running(AT)), container(DONE)], "Never", "Running"),
        ([container(CRASHED, last=FAILED)], "Always", "Running"),
        ([container(DONE)], "Always", "Running"),
        ([container(DONE), container(DONE)], "Never", "Succeeded"),
        ([container(DONE), container(FAILED)], "Never", "Failed"),
        ([container(DONE), container(FAILED)], "OnFailure", "Running"),
    ],
)
def test_the_phase_follows_from_states_and_policy(states: list[ContainerReport], policy: str, expected: str) -> None:
    assert status(*states, policy=policy)["phase"] == expected


@pytest.mark.parametrize(
    ("first", "policy", "expected"),
    [(Running(AT), "Never", "Pending"), (FAILED, "Never", "Failed"), (FAILED, "Always", "Pending"), (DONE, "Never", "Pending")],
)
def test_init_containers_come_before_the_phase_of_the_others(first: Running | Terminated, policy: str, expected: str) -> None:
    assert status(container(Waiting("PodInitializing")), init=(container(first, "first"),), policy=policy)["phase"] == expected


@pytest.mark.parametrize(("state", "expected"), [(DONE, "Succeeded"), (FAILED, "Failed"), (CREATING, "Failed")])
def test_a_terminated_pod_ends_for_good_whatever_its_policy(state: Terminated | Waiting, expected: str) -> None:
    assert status(container(state), ended=True)["phase"] == expected


def test_a_pod_is_ready_when_all_its_containers_are() -> None:
    ready = container(Running(AT), ready=True)

    assert condition(status(ready, replace(ready, name="other")), "Ready") == {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-02T03:04:05Z"}
    assert condition(status(ready, container(Running(AT), "other")), "Ready") == {
        "type": "Ready",
        "status": "False",
        "reason": "ContainersNotReady",
        "message": "containers with unready status: [other]",
        "lastTransitionTime": "2026-01-02T03:04:05Z",
    }


def test_conditions_of_others_are_kept() -> None:
    foreign = {"type": "DisruptionTarget", "status": "True"}

    assert foreign in status_with([foreign], PodReport([container(CREATING)], [], FACTS, AT))["conditions"]


def test_a_restarted_container_tells_how_it_ended_last() -> None:
    found = status(container(Running(LATER), last=FAILED, restarts=1, started=True, ready=True, image_id="i", container_id="process://3"))

    assert found["containerStatuses"] == [
        {
            "name": "web",
            "image": "image",
            "imageID": "i",
            "ready": True,
            "started": True,
            "restartCount": 1,
            "state": {"running": {"startedAt": "2026-01-02T03:05:05Z"}},
            "lastState": {
                "terminated": {
                    "exitCode": 3,
                    "reason": "Error",
                    "message": "why",
                    "startedAt": "2026-01-02T03:04:05Z",
                    "finishedAt": "2026-01-02T03:05:05Z",
                    "containerID": "process://2",
                }
            },
            "containerID": "process://3",
        }
    ]


def test_addresses_and_the_generation_that_was_seen_are_told() -> None:
    found = status(container(CREATING))

    assert (found["podIP"], found["podIPs"], found["hostIP"], found["observedGeneration"]) == ("127.64.0.5", [{"ip": "127.64.0.5"}], "127.0.0.1", 2)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "BestEffort"),
        ({"limits": {"ephemeral-storage": "1Gi"}}, "BestEffort"),
        ({"requests": {"cpu": "100m"}}, "Burstable"),
        ({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
    ],
)
def test_the_quality_of_service_class_follows_from_the_resources(resources: dict[str, Any], expected: str) -> None:
    assert qos_class({"containers": [{"resources": resources}]}) == expected
