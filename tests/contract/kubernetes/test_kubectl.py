"""The real kubectl, as people and Slipway's runbook use it."""

import json
from pathlib import Path

import pytest
import yaml

from tests.contract.kubernetes.cluster import Cluster, Namespace, connected, until

KUBECTL = "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_{}/"
SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"colour": "red", "size": "big"}}
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: registry.invalid/none}]
"""


def config_of_account(cluster: Cluster, namespace: Namespace, folder: Path) -> Path:
    """A kubeconfig of the service account `default`."""
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    token = namespace.kubectl("create", "token", "default").strip()
    config["users"] = [{"name": each["name"], "user": {"token": token}} for each in config["users"]]
    for each in config["clusters"]:
        if "certificate-authority" in each["cluster"]:
            each["cluster"]["certificate-authority"] = str(cluster.kubeconfig.parent / each["cluster"]["certificate-authority"])
    path = folder / "robot.kubeconfig"
    path.touch(0o600)
    path.write_text(yaml.safe_dump(config))
    return path


def manifest(**data: str) -> str:
    return yaml.safe_dump({**SETTINGS, "data": data})


@pytest.mark.behaviour(KUBECTL.format("create"))
def test_create_makes_what_a_file_says(namespace: Namespace) -> None:
    assert namespace.kubectl("create", "--filename", "-", text=manifest(colour="red")) == "configmap/settings created\n"
    assert "AlreadyExists" in namespace.kubectl("create", "--filename", "-", text=manifest(colour="red"), fails=True)


@pytest.mark.behaviour(KUBECTL.format("create") + "kubectl_create_configmap/")
def test_create_makes_single_kinds_from_flags(cluster: Cluster, namespace: Namespace) -> None:
    namespace.kubectl("create", "configmap", "settings", "--from-literal=colour=red")
    namespace.kubectl("create", "secret", "generic", "key", "--from-literal=word=open")
    namespace.kubectl("create", "serviceaccount", "robot")
    assert cluster.get(namespace.path("configmaps", "settings"))["data"] == {"colour": "red"}
    assert cluster.get(namespace.path("secrets", "key"))["data"] == {"word": "b3Blbg=="}
    assert cluster.exists(namespace.path("serviceaccounts", "robot"))


@pytest.mark.behaviour(KUBECTL.format("create") + "kubectl_create_token/")
def test_create_token_prints_a_token(cluster: Cluster, namespace: Namespace) -> None:
    token = namespace.kubectl("create", "token", "default", "--duration=10m").strip()
    assert token.count(".") == 2
    with connected(cluster.kubeconfig, cluster.home, token) as http:
        assert http.get("/version").status_code == 200


@pytest.mark.behaviour(KUBECTL.format("get"))
def test_get_prints_columns(namespace: Namespace) -> None:
    namespace.kubectl("create", "--filename", "-", text=DEPLOYMENT)
    heading, row = namespace.kubectl("get", "deploy", "web", "--output=wide").splitlines()
    assert heading.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"]
    assert row.split()[:4] == ["web", "0/0", "0", "0"] and row.split()[-3:] == ["web", "registry.invalid/none", "app=web"]


@pytest.mark.behaviour(KUBECTL.format("get"))
def test_get_prints_fields_by_jsonpath_and_in_order(namespace: Namespace) -> None:
    for name in ("one", "two"):
        namespace.config_map(name, colour="red")
    assert namespace.kubectl("get", "cm", "one", "--output=jsonpath={.data.colour}") == "red"
    names = namespace.kubectl("get", "cm", "one", "two", "--output=name").split()
    assert names == ["configmap/one", "configmap/two"]
    assert namespace.kubectl("get", "cm", "--sort-by=.metadata.creationTimestamp", "--no-headers")


@pytest.mark.behaviour(KUBECTL.format("get"))
def test_get_all_prints_the_kinds_of_the_category(namespace: Namespace) -> None:
    namespace.config_map()
    namespace.kubectl("create", "--filename", "-", text=DEPLOYMENT)
    printed = namespace.kubectl("get", "all", "--output=name").split()
    assert "deployment.apps/web" in printed and not any(each.startswith("configmap") for each in printed)


@pytest.mark.behaviour(KUBECTL.format("get"))
def test_get_in_chunks_prints_everything(namespace: Namespace) -> None:
    for number in range(5):
        namespace.config_map(f"part-{number}")
    printed = namespace.kubectl("get", "configmaps", "--chunk-size=2", "--output=name").split()
    assert [each for each in printed if "part" in each] == [f"configmap/part-{number}" for number in range(5)]


@pytest.mark.behaviour(KUBECTL.format("describe"))
def test_describe_prints_fields_and_events(namespace: Namespace) -> None:
    namespace.kubectl("create", "--filename", "-", text=DEPLOYMENT.replace("replicas: 0", "replicas: 1"))
    until(lambda: "ScalingReplicaSet" in namespace.kubectl("describe", "deployment", "web"), "the event in the description")
    printed = namespace.kubectl("describe", "deployment", "web")
    assert "Selector:               app=web" in printed and "Image:         registry.invalid/none" in printed


@pytest.mark.behaviour(KUBECTL.format("apply"))
def test_apply_creates_configures_and_leaves_alone(cluster: Cluster, namespace: Namespace) -> None:
    assert namespace.kubectl("apply", "--filename", "-", text=manifest(colour="red", size="big")) == "configmap/settings created\n"
    assert namespace.kubectl("apply", "--filename", "-", text=manifest(colour="red", size="big")) == "configmap/settings unchanged\n"
    assert namespace.kubectl("apply", "--filename", "-", text=manifest(colour="blue")) == "configmap/settings configured\n"
    assert cluster.get(namespace.path("configmaps", "settings"))["data"] == {"colour": "blue"}


@pytest.mark.behaviour(KUBECTL.format("apply"))
def test_apply_on_the_server_says_so(cluster: Cluster, namespace: Namespace) -> None:
    assert namespace.kubectl("apply", "--server-side", "--filename", "-", text=manifest(colour="red")) == "configmap/settings serverside-applied\n"
    refusal = namespace.kubectl("apply", "--server-side", "--field-manager=other", "--filename", "-", text=manifest(colour="blue"), fails=True)
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.colour' in refusal


@pytest.mark.behaviour(KUBECTL.format("apply"))
def test_apply_on_the_server_can_be_tried(cluster: Cluster, namespace: Namespace) -> None:
    assert namespace.kubectl("apply", "--dry-run=server", "--filename", "-", text=manifest(colour="red")) == "configmap/settings created (server dry run)\n"
    assert not cluster.exists(namespace.path("configmaps", "settings"))


@pytest.mark.behaviour(KUBECTL.format("apply"))
def test_apply_refuses_unknown_fields(namespace: Namespace) -> None:
    refusal = namespace.kubectl("apply", "--filename", "-", text=DEPLOYMENT.replace("replicas: 0", "replica: 0"), fails=True)
    assert 'unknown field "spec.replica"' in refusal


@pytest.mark.behaviour(KUBECTL.format("diff"))
def test_diff_ends_with_1_when_there_is_a_difference(cluster: Cluster, namespace: Namespace) -> None:
    namespace.kubectl("apply", "--filename", "-", text=manifest(colour="red"))
    assert namespace.kubectl("diff", "--filename", "-", text=manifest(colour="red")) == ""
    namespace.kubectl("diff", "--filename", "-", text=manifest(colour="blue"), fails=True)
    assert cluster.get(namespace.path("configmaps", "settings"))["data"] == {"colour": "red"}


@pytest.mark.behaviour(KUBECTL.format("annotate"))
def test_annotations_and_labels_are_set_and_removed(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    namespace.kubectl("annotate", "configmap/settings", "example.com/why=because")
    namespace.kubectl("label", "configmap/settings", "tier=front")
    about = cluster.get(namespace.path("configmaps", "settings"))["metadata"]
    assert (about["annotations"], about["labels"]) == ({"example.com/why": "because"}, {"tier": "front"})
    assert "--overwrite is false" in namespace.kubectl("label", "configmap/settings", "tier=back", fails=True)
    namespace.kubectl("label", "configmap/settings", "tier-")
    assert "labels" not in cluster.get(namespace.path("configmaps", "settings"))["metadata"]


@pytest.mark.behaviour(KUBECTL.format("patch"))
def test_patch_takes_all_three_kinds(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red")
    namespace.kubectl("patch", "configmap", "settings", "--patch", json.dumps({"data": {"one": "1"}}))
    namespace.kubectl("patch", "configmap", "settings", "--type=merge", "--patch", json.dumps({"data": {"two": "2"}}))
    namespace.kubectl("patch", "configmap", "settings", "--type=json", "--patch", json.dumps([{"op": "remove", "path": "/data/colour"}]))
    assert cluster.get(namespace.path("configmaps", "settings"))["data"] == {"one": "1", "two": "2"}


@pytest.mark.behaviour(KUBECTL.format("replace"))
def test_replace_writes_the_whole_object(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map(colour="red", size="big")
    namespace.kubectl("replace", "--filename", "-", text=manifest(shape="round"))
    assert cluster.get(namespace.path("configmaps", "settings"))["data"] == {"shape": "round"}


@pytest.mark.behaviour(KUBECTL.format("scale"))
def test_scale_sets_replicas_if_they_are_as_expected(cluster: Cluster, namespace: Namespace) -> None:
    namespace.kubectl("create", "--filename", "-", text=DEPLOYMENT)
    assert namespace.kubectl("scale", "deployment/web", "--replicas=1", "--current-replicas=0") == "deployment.apps/web scaled\n"
    assert cluster.get(namespace.path("deployments", "web", "apps/v1"))["spec"]["replicas"] == 1
    assert "Expected replicas to be 5, was 1" in namespace.kubectl("scale", "deployment/web", "--replicas=0", "--current-replicas=5", fails=True)


@pytest.mark.behaviour(KUBECTL.format("delete"))
def test_delete_waits_until_the_object_is_gone(cluster: Cluster, namespace: Namespace) -> None:
    namespace.config_map()
    assert 'configmap "settings" deleted' in namespace.kubectl("delete", "configmap", "settings", "--wait=true")
    assert not cluster.exists(namespace.path("configmaps", "settings"))
    namespace.kubectl("delete", "configmap", "settings", "--ignore-not-found")


@pytest.mark.behaviour(KUBECTL.format("wait"))
def test_wait_ends_with_a_condition_a_field_or_a_deletion(namespace: Namespace) -> None:
    namespace.kubectl("create", "--filename", "-", text=DEPLOYMENT)
    assert "condition met" in namespace.kubectl("wait", "deployment/web", "--for=condition=Available", "--timeout=30s")
    assert "condition met" in namespace.kubectl("wait", "deployment/web", "--for=jsonpath={.spec.replicas}=0", "--timeout=30s")
    namespace.kubectl("delete", "deployment", "web", "--wait=false")
    namespace.kubectl("wait", "deployment/web", "--for=delete", "--timeout=30s")
    namespace.config_map()
    assert "timed out waiting for the condition" in namespace.kubectl("wait", "cm/settings", "--for=jsonpath={.data.ready}=yes", "--timeout=1s", fails=True)


@pytest.mark.behaviour(KUBECTL.format("api-resources"))
def test_api_resources_lists_kinds(cluster: Cluster) -> None:
    rows = {row.split()[0]: row.split()[1:] for row in cluster.kubectl("api-resources", "--no-headers").splitlines()}
    assert rows["deployments"] == ["deploy", "apps/v1", "true", "Deployment"]
    assert rows["namespaces"] == ["ns", "v1", "false", "Namespace"]
    assert "deployments.apps" in cluster.kubectl("api-resources", "--verbs=list", "--namespaced=true", "--output=name").split()


@pytest.mark.behaviour(KUBECTL.format("explain"))
def test_explain_prints_a_field(cluster: Cluster) -> None:
    printed = cluster.kubectl("explain", "deployment.spec.replicas")
    assert "GROUP:      apps" in printed and "FIELD: replicas <integer>" in printed


@pytest.mark.behaviour(KUBECTL.format("auth") + "kubectl_auth_can-i/")
def test_can_i_asks_the_server(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    assert namespace.kubectl("auth", "can-i", "create", "deployments.apps") == "yes\n"
    assert "*.*" in namespace.kubectl("auth", "can-i", "--list")
    robot = config_of_account(cluster, namespace, tmp_path)
    assert namespace.kubectl(f"--kubeconfig={robot}", "auth", "can-i", "create", "selfsubjectaccessreviews.authorization.k8s.io") == "yes\n"
    namespace.kubectl(f"--kubeconfig={robot}", "auth", "can-i", "list", "secrets", fails=True)
    assert "Forbidden" in namespace.kubectl(f"--kubeconfig={robot}", "get", "secrets", fails=True)


@pytest.mark.behaviour(KUBECTL.format("auth") + "kubectl_auth_whoami/")
def test_whoami_prints_who_asks(namespace: Namespace) -> None:
    assert "Username" in namespace.kubectl("auth", "whoami")


@pytest.mark.behaviour(KUBECTL.format("events"))
def test_events_are_printed_for_an_object(namespace: Namespace) -> None:
    namespace.kubectl("create", "--filename", "-", text=DEPLOYMENT.replace("replicas: 0", "replicas: 1"))
    until(lambda: "ScalingReplicaSet" in namespace.kubectl("events", "--for=deployment/web"), "the event")
