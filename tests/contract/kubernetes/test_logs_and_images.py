"""What a node tells of its pods: their output, and images that it can't get."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, until
from tests.contract.kubernetes.living import FOREVER, Pods
from tests.contract.kubernetes.workloads import python

LOGS = "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/"
IMAGES = "https://kubernetes.io/docs/concepts/containers/images/"


@pytest.mark.embedded_node
@pytest.mark.behaviour(LOGS)
def test_the_log_of_the_run_before_is_kept_and_the_last_lines_can_be_asked_for(cluster: Cluster, pods: Pods) -> None:
    program = """
        import os, pathlib, signal
        place = pathlib.Path(os.environ["TMPDIR"], "seen")
        first = not place.exists()
        place.touch()
        print(*(f"{'first' if first else 'second'} {line}" for line in range(3)), sep=chr(10))
        if first:
            raise SystemExit(1)
        signal.pause()
    """
    made = pods.started(python(cluster.image, program))
    until(lambda: pods.container(made)["restartCount"] == 1, "a restart")
    pods.says("second 2")
    assert pods.log("--previous") == "first 0\nfirst 1\nfirst 2\n"
    assert pods.log("--tail=1") == "second 2\n"
    assert pods.log("--tail=0") == ""
    assert pods.log("--limit-bytes=6") == "second"


@pytest.mark.embedded_node
@pytest.mark.behaviour(LOGS)
def test_there_is_no_log_of_a_run_before_the_first(cluster: Cluster, pods: Pods) -> None:
    pods.started(python(cluster.image, FOREVER))
    until(lambda: pods.pods()[0]["status"].get("phase") == "Running", "a running pod")
    said = pods.namespace.kubectl("logs", "web", "--previous", fails=True)
    assert 'previous terminated container "app" in pod "web" not found' in said


@pytest.mark.embedded_node
@pytest.mark.behaviour(LOGS)
def test_logs_of_several_containers_are_asked_for_by_name(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, FOREVER), {**python(cluster.image, "print('beside'); " + FOREVER), "name": "side"})
    pods.conditioned(made, "Ready")
    until(lambda: pods.log("--container=side").startswith("beside\n"), "the log")
    assert "[pod/web/side] beside" in pods.log("--all-containers", "--prefix")
    assert "container nobody is not valid for pod web" in pods.namespace.kubectl("logs", "web", "--container=nobody", fails=True)


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{IMAGES}#imagepullbackoff")
def test_an_image_that_is_not_there_is_asked_for_again_and_again(pods: Pods) -> None:
    made = pods.started({"name": "app", "image": "registry.example/none:1"})
    pods.waiting(made, "ErrImagePull", "ImagePullBackOff")
    state = pods.waiting(made, "ImagePullBackOff")
    assert 'Back-off pulling image "registry.example/none:1"' in state["message"]
    assert pods.get(made)["status"]["phase"] == "Pending"
    assert "ImagePullBackOff" in pods.namespace.kubectl("get", "pod", "web")


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{IMAGES}#image-pull-policy")
def test_an_image_that_must_not_be_pulled_has_to_be_there(pods: Pods) -> None:
    made = pods.started({"name": "app", "image": "registry.example/none:1", "imagePullPolicy": "Never"})
    assert "is not present with pull policy of Never" in pods.waiting(made, "ErrImageNeverPull")["message"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{IMAGES}#image-names")
def test_a_name_that_is_none_is_said_to_be_one(pods: Pods) -> None:
    pods.waiting(pods.started({"name": "app", "image": "Not A Name"}), "InvalidImageName")


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubectl/generated/kubectl_describe/")
def test_describe_tells_of_node_containers_and_events(cluster: Cluster, pods: Pods) -> None:
    made = pods.started(python(cluster.image, FOREVER))
    pods.conditioned(made, "Ready")
    until(lambda: pods.events(made, "Scheduled"), "the event Scheduled")
    said = pods.namespace.kubectl("describe", "pod", "web")
    assert "Successfully assigned" in said
    assert "State:          Running" in said
    assert "Restart Count:  0" in said
