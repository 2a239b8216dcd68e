"""ConfigMaps, Secrets and facts about the pod in a container's environment; what becomes of a pod whose configuration is missing."""

import base64
import json

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, until
from tests.contract.kubernetes.workloads import Workloads, pod, python

CONFIG_MAPS = "https://kubernetes.io/docs/concepts/configuration/configmap/"
SECRETS = "https://kubernetes.io/docs/concepts/configuration/secret/"
ENVIRONMENT = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/"
DOWNWARD = "https://kubernetes.io/docs/concepts/workloads/pods/downward-api/"
TELL = "import json, os; print(json.dumps(dict(os.environ)))"


class Configured(Workloads):
    def environment(self, *, policy: str = "Never", labels: dict[str, str] | None = None, **container: object) -> dict[str, str]:
        """That the container of a new pod sees."""
        made = self.started(policy=policy, labels=labels, **container)
        until(lambda: self.get(made)["status"].get("phase") == "Succeeded", "the end of the pod")
        found: dict[str, str] = json.loads(self.namespace.kubectl("logs", "web"))
        return found

    def started(self, *, policy: str = "Never", labels: dict[str, str] | None = None, **container: object) -> Object:
        return self.make(pod("web", python(self.namespace.cluster.image, TELL, **container), labels=labels, restartPolicy=policy))

    def waits(self, made: Object) -> Object:
        """The state, as soon as the container waits for its configuration."""

        def look() -> Object | None:
            statuses = self.get(made)["status"].get("containerStatuses") or [{}]
            state: Object = statuses[0].get("state", {}).get("waiting", {})
            return state if state.get("reason") == "CreateContainerConfigError" else None

        return until(look, "CreateContainerConfigError")

    def secret(self, **text: str) -> Object:
        return self.make({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": text})


@pytest.fixture
def configured(namespace: Namespace) -> Configured:
    return Configured(namespace)


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/")
def test_text_of_a_secret_is_kept_in_base64_and_never_given_back_as_text(configured: Configured) -> None:
    made = configured.secret(password="s3cret")
    assert made["data"] == {"password": base64.b64encode(b"s3cret").decode()}
    assert "stringData" not in made
    assert made["type"] == "Opaque"


@pytest.mark.behaviour(f"{CONFIG_MAPS}#configmap-immutable")
def test_an_immutable_config_map_cannot_be_changed(cluster: Cluster, namespace: Namespace) -> None:
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fixed"}, "data": {"a": "1"}, "immutable": True}
    cluster.create(namespace.path("configmaps"), made)
    status = cluster.refusal("PUT", namespace.path("configmaps", "fixed"), json={**made, "data": {"a": "2"}})
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert "field is immutable when `immutable` is set" in status["message"]


@pytest.mark.behaviour(f"{CONFIG_MAPS}#configmap-object")
def test_a_key_that_could_not_be_a_file_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "wrong"}, "data": {"a b": "1"}}
    status = cluster.refusal("POST", namespace.path("configmaps"), json=body)
    assert status["code"] == 422
    assert "a valid config key must consist of alphanumeric characters, '-', '_' or '.'" in status["message"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{ENVIRONMENT}#configure-all-key-value-pairs-in-a-configmap-as-container-environment-variables")
def test_all_of_a_config_map_and_of_a_secret_become_variables(configured: Configured) -> None:
    configured.namespace.config_map(COLOUR="red", SIZE="large")
    configured.secret(PASSWORD="s3cret")
    found = configured.environment(envFrom=[{"configMapRef": {"name": "settings"}}, {"prefix": "DB_", "secretRef": {"name": "keys"}}])
    assert (found["COLOUR"], found["SIZE"], found["DB_PASSWORD"]) == ("red", "large", "s3cret")
    assert "PASSWORD" not in found


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables")
def test_a_variable_of_its_own_wins_over_one_of_a_config_map(configured: Configured) -> None:
    configured.namespace.config_map(COLOUR="red")
    found = configured.environment(envFrom=[{"configMapRef": {"name": "settings"}}], env=[{"name": "COLOUR", "value": "blue"}])
    assert found["COLOUR"] == "blue"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{ENVIRONMENT}#define-container-environment-variables-using-configmap-data")
def test_single_keys_become_variables(configured: Configured) -> None:
    configured.namespace.config_map(colour="red")
    configured.secret(password="s3cret")
    env = [
        {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
        {"name": "MISSING", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "none", "optional": True}}},
    ]
    found = configured.environment(env=env)
    assert (found["COLOUR"], found["PASSWORD"]) == ("red", "s3cret")
    assert "MISSING" not in found


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/")
def test_variables_refer_to_earlier_ones(configured: Configured) -> None:
    env = [
        {"name": "HOST_NAME", "value": "db"},
        {"name": "ADDRESS", "value": "$(HOST_NAME):5432"},
        {"name": "ESCAPED", "value": "$$(HOST_NAME)"},
        {"name": "UNKNOWN", "value": "$(LATER)"},
        {"name": "LATER", "value": "x"},
    ]
    found = configured.environment(env=env)
    assert (found["ADDRESS"], found["ESCAPED"], found["UNKNOWN"]) == ("db:5432", "$(HOST_NAME)", "$(LATER)")


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{DOWNWARD}#downwardapi-fieldRef")
def test_a_container_learns_who_and_where_it_is(configured: Configured) -> None:
    fields = {
        "NAME": "metadata.name",
        "NAMESPACE": "metadata.namespace",
        "UID": "metadata.uid",
        "TIER": "metadata.labels['tier']",
        "ACCOUNT": "spec.serviceAccountName",
        "NODE": "spec.nodeName",
        "ADDRESS": "status.podIP",
    }
    env = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]
    found = configured.environment(env=env, labels={"tier": "front"})
    (made,) = configured.pods()
    assert (found["NAME"], found["NAMESPACE"], found["UID"]) == ("web", configured.namespace.name, made["metadata"]["uid"])
    assert (found["TIER"], found["ACCOUNT"]) == ("front", "default")
    assert (found["NODE"], found["ADDRESS"]) == (made["spec"]["nodeName"], made["status"]["podIP"])
    assert found["HOSTNAME"] == "web"


@pytest.mark.embedded_node
@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/")
def test_arguments_refer_to_variables(cluster: Cluster, configured: Configured) -> None:
    container = python(cluster.image, "import sys; print(sys.argv[1:])", args=["$(COLOUR)", "$$(COLOUR)"], env=[{"name": "COLOUR", "value": "red"}])
    made = configured.make(pod("web", container, restartPolicy="Never"))
    until(lambda: configured.get(made)["status"].get("phase") == "Succeeded", "the end of the pod")
    assert configured.namespace.kubectl("logs", "web") == "['red', '$(COLOUR)']\n"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{CONFIG_MAPS}#using-configmaps")
def test_a_pod_whose_config_map_is_missing_waits_for_it_and_then_starts(configured: Configured) -> None:
    made = configured.started(envFrom=[{"configMapRef": {"name": "settings"}}])
    assert 'configmap "settings" not found' in configured.waits(made)["message"]
    assert configured.get(made)["status"]["phase"] == "Pending"
    configured.namespace.config_map(COLOUR="red")
    until(lambda: configured.get(made)["status"].get("phase") == "Succeeded", "the end of the pod")


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{SECRETS}#restriction-secret-must-exist")
def test_a_pod_whose_key_of_a_secret_is_missing_waits(configured: Configured) -> None:
    configured.secret(user="me")
    made = configured.started(env=[{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}}])
    assert "couldn't find key password in Secret" in configured.waits(made)["message"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{SECRETS}#restriction-secret-must-exist")
def test_what_is_optional_may_be_missing(configured: Configured) -> None:
    found = configured.environment(envFrom=[{"configMapRef": {"name": "none", "optional": True}}], env=[{"name": "A", "value": "1"}])
    assert found["A"] == "1"
