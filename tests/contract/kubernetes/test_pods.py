"""What a node makes of a pod: starts and restarts, init containers, termination. The first tests need no node."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Object, until
from tests.contract.kubernetes.living import FOREVER, Pods
from tests.contract.kubernetes.workloads import BY_HAND, condition, pod, python

LIFECYCLE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/"
POLITE = """
    import os, signal
    signal.signal(signal.SIGTERM, lambda *_: (print("bye"), os._exit(0)))
    print("up")
    while True:
        signal.pause()
"""
STUBBORN = """
    import signal
    signal.signal(signal.SIGTERM, lambda *_: print("no"))
    print("up")
    while True:
        signal.pause()
"""


@pytest.mark.behaviour(f"{LIFECYCLE}#pod-phase")
def test_a_pod_that_no_scheduler_takes_stays_pending(pods: Pods) -> None:
    made = pods.make(pod("web", *BY_HAND["containers"], schedulerName="nobody"))
    assert made["status"]["phase"] == "Pending"
    assert "nodeName" not in pods.get(made)["spec"]


@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/")
def test_a_pod_without_a_node_goes_at_once(pods: Pods) -> None:
    made = pods.make(pod("web", *BY_HAND["containers"], schedulerName="nobody"))
    pods.delete(made)
    assert not pods.exists(made)


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/")
@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ({}, "BestEffort"),
        ({"requests": {"memory": "1Mi"}}, "Burstable"),
        ({"limits": {"memory": "64Mi", "cpu": "1"}, "requests": {"memory": "64Mi", "cpu": "1"}}, "Guaranteed"),
    ],
)
def test_what_a_pod_reserves_decides_its_quality_of_service(pods: Pods, resources: Object, qos: str) -> None:
    made = pods.make(pod("web", {**BY_HAND["containers"][0], "resources": resources}, schedulerName="nobody"))
    assert made["status"]["qosClass"] == qos


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement")
def test_only_the_image_of_a_pod_can_be_changed(cluster: Cluster, pods: Pods) -> None:
    made = pods.make(pod("web", *BY_HAND["containers"], schedulerName="nobody"))
    pods.patch(made, {"spec": {"containers": [{"name": "app", "image": "example.invalid/none:2"}]}})
    change = {"spec": {"containers": [{"name": "app", "command": ["other"]}]}}
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    status = cluster.refusal("PATCH", pods.path(made, "web"), json=change, headers=headers)
    assert "pod updates may not change fields other than `spec.containers[*].image`" in status["message"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#pod-conditions")
def test_a_running_pod_is_scheduled_initialized_and_ready(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, FOREVER))
    pods.conditioned(made, "Ready")
    found = pods.phase(made, "Running")
    assert all(condition(found, kind) for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready"))
    assert all(entry["status"] == "True" for entry in found["status"]["conditions"])
    assert found["status"]["podIP"] == found["status"]["podIPs"][0]["ip"]
    assert pods.container(made)["imageID"].endswith(cluster.image.partition("@")[2])


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#restart-policy")
def test_a_container_that_fails_again_and_again_is_started_at_growing_intervals(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, "raise SystemExit(7)"))
    state = pods.waiting(made, "CrashLoopBackOff")
    assert "back-off 10s restarting failed container=app pod=web_" in state["message"]
    container = pods.container(made)
    assert container["restartCount"] == 1
    assert container["lastState"]["terminated"]["exitCode"] == 7
    assert container["lastState"]["terminated"]["reason"] == "Error"
    assert pods.get(made)["status"]["phase"] == "Running"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#restart-policy")
def test_a_container_that_ends_well_is_restarted_too_when_the_policy_is_always(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, "pass"))
    until(lambda: pods.container(made)["restartCount"] >= 1, "a restart")
    assert pods.container(made)["lastState"]["terminated"]["reason"] == "Completed"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#pod-phase")
@pytest.mark.parametrize(("code", "phase"), [(0, "Succeeded"), (5, "Failed")])
def test_a_pod_that_is_never_restarted_ends_as_its_containers_did(cluster: Cluster, pods: Pods, code: int, phase: str) -> None:
    made = pods.started(python(cluster.image, f"raise SystemExit({code})"), restartPolicy="Never")
    found = pods.phase(made, phase)
    assert pods.container(made)["restartCount"] == 0
    ready = condition(found, "Ready")
    assert ready is not None
    assert (ready["status"], ready["reason"]) == ("False", "PodCompleted" if code == 0 else "PodFailed")


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/pods/init-containers/")
def test_init_containers_run_one_after_the_other_before_the_others_start(cluster: Cluster, pods: Pods) -> None:
    order = "import os, pathlib; place = pathlib.Path(os.environ['TMPDIR'], 'order'); place.open('a').write(os.environ['WHO']); print(place.read_text())"

    def step(name: str, code: str = order) -> Object:
        return {**python(cluster.image, code), "name": name, "env": [{"name": "WHO", "value": name[0]}]}

    made = pods.started(step("c", f"{order}; {FOREVER}"), initContainers=[step("a"), step("b")])
    pods.conditioned(made, "Ready")
    assert pods.log("--container=c").splitlines()[0] == "abc"
    first, second = (pods.container(made, "initContainerStatuses", place)["state"]["terminated"] for place in (0, 1))
    assert first["reason"] == second["reason"] == "Completed"
    assert first["finishedAt"] <= second["startedAt"]


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/debug/debug-application/debug-init-containers/#checking-the-status-of-init-containers")
def test_an_init_container_that_fails_keeps_the_others_waiting(cluster: Cluster, pods: Pods) -> None:
    failing = {**python(cluster.image, "raise SystemExit(1)"), "name": "prepare"}
    made = pods.started(python(cluster.image, FOREVER), initContainers=[failing])
    until(lambda: pods.container(made, "initContainerStatuses")["restartCount"] >= 1, "a restart")
    assert pods.container(made)["state"]["waiting"]["reason"] == "PodInitializing"
    found = pods.get(made)
    assert found["status"]["phase"] == "Pending"
    initialized = condition(found, "Initialized")
    assert initialized is not None
    assert (initialized["status"], initialized["reason"]) == ("False", "ContainersNotInitialized")
    assert "Init:" in pods.namespace.kubectl("get", "pod", "web")


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#detailed-behavior")
def test_a_pod_that_is_never_restarted_fails_with_its_init_container(cluster: Cluster, pods: Pods) -> None:
    failing = {**python(cluster.image, "raise SystemExit(1)"), "name": "prepare"}
    made = pods.started(python(cluster.image, FOREVER), initContainers=[failing], restartPolicy="Never")
    pods.phase(made, "Failed")
    assert "running" not in pods.container(made)["state"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#pod-termination")
def test_a_pod_that_is_deleted_gets_sigterm_and_may_end_by_itself(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, POLITE), terminationGracePeriodSeconds=30)
    pods.says("up")
    status = pods.last_status(made)
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 0


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#pod-termination")
def test_a_pod_that_ignores_sigterm_is_killed_after_its_grace_period(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, STUBBORN))
    pods.says("up")
    status = pods.last_status(made)
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{LIFECYCLE}#pod-termination")
def test_a_deletion_can_shorten_the_grace_period_but_the_object_stays_until_the_end(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, STUBBORN), terminationGracePeriodSeconds=300)
    pods.says("up")
    answer = pods.delete(made)
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 300
    assert "deletionTimestamp" in pods.get(made)["metadata"]
    assert "Terminating" in pods.namespace.kubectl("get", "pod", "web")
    pods.delete(made, gracePeriodSeconds=1)
    until(lambda: not pods.exists(made), "the end of the pod")


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#container-hooks")
def test_the_pre_stop_hook_runs_before_sigterm(cluster: Cluster, pods: Pods) -> None:
    program = """
        import os, pathlib, signal
        place = pathlib.Path(os.environ["TMPDIR"], "hook")
        signal.signal(signal.SIGTERM, lambda *_: os._exit(9 if place.exists() else 0))
        print("up")
        while True:
            signal.pause()
    """
    hook = {"exec": {"command": ["python", "-c", "import os, pathlib; pathlib.Path(os.environ['TMPDIR'], 'hook').touch()"]}}
    made = pods.started(python(cluster.image, program, lifecycle={"preStop": hook}), terminationGracePeriodSeconds=30)
    pods.says("up")
    status = pods.last_status(made)
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 9
