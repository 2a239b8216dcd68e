"""Whose manual changes an upgrade would set back: foretold from the twin's API server and kubectl's own edits, then held against what Helm really does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.adapters.kubernetes import KubernetesCluster
from slipway.domain import manifests
from slipway.domain.manual_changes import overwritten
from slipway.ports import HelmRelease, ObjectName
from tests.contract.ports.namespaces import APP, COMMIT, Namespace

pytestmark = pytest.mark.xdist_group("helm")

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: sample-app, labels: {app: sample-app, tier: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: sample-app}}
  template:
    metadata: {labels: {app: sample-app}}
    spec:
      containers:
        - name: app
          image: registry.example/app@sha256:{{ .Values.digest }}
          env: [{name: LEVEL, value: INFO}]
          resources: {limits: {cpu: 0.5, memory: 128Mi}}
          ports: [{name: http, containerPort: 8080}]
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sample-app}\ndata: {colour: red}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: sample-app}\ndata: {password: b2xk}\n"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: sample-app, version: 0.1.0}")
    (folder / "values.yaml").write_text("{}")
    (folder / "values-dev.yaml").write_text("{}")
    for name, text in {"deployment": DEPLOYMENT, "config": CONFIG, "secret": SECRET}.items():
        (folder / "templates" / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture
def installed(namespace: Namespace, chart: Path) -> Iterator[Namespace]:
    upgraded(namespace, chart, "a" * 64)
    yield namespace


def upgraded(namespace: Namespace, chart: Path, digest: str) -> None:
    done = namespace.charts.upgrade(APP, chart, {"digest": digest}, "values-dev.yaml", COMMIT)
    assert isinstance(done, HelmRelease), done


def cluster(namespace: Namespace) -> KubernetesCluster:
    configuration = yaml.safe_load(namespace.kubeconfig.read_text())
    server, user = configuration["clusters"][0]["cluster"], configuration["users"][0]["user"]
    authority = server.get("certificate-authority-data")
    assert authority, "the kubeconfig carries its certificate"
    return KubernetesCluster(server["server"], authority, user["token"], namespace.name)


def foretold(namespace: Namespace, chart: Path, digest: str) -> dict[str, str]:
    """Field to manager, over all objects of the next release."""
    rendered = namespace.charts.render(APP, chart, {"digest": digest}, "values-dev.yaml")
    assert isinstance(rendered, str)
    wanted = {ObjectName(item["apiVersion"], item["kind"], item["metadata"]["name"]): (label, item) for label, item in manifests.objects(rendered)}
    there = cluster(namespace).objects(list(wanted))
    assert there.keys() == wanted.keys()
    found = {}
    for name, (label, item) in wanted.items():
        live = there[name]
        for change in overwritten(label, item, live) if live is not None else []:
            found[f"{change.object} {change.field}"] = change.manager
            assert change.at is not None
    return found


def state(namespace: Namespace) -> dict[str, Any]:
    found = json.loads(namespace.kubectl("get", "deployment,configmap,secret", "--output", "json"))["items"]
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in found}


def test_nobody_has_changed_anything_right_after_an_upgrade(installed: Namespace, chart: Path) -> None:
    assert foretold(installed, chart, "a" * 64) == {}
    assert foretold(installed, chart, "b" * 64) == {}, "what the release itself changes is nobody's"


def test_what_kubectl_has_changed_is_foretold_and_set_back(installed: Namespace, chart: Path) -> None:
    installed.kubectl("scale", "deployment", APP, "--replicas", "5")
    installed.kubectl("set", "env", f"deployment/{APP}", "LEVEL=DEBUG", "EXTRA=1")
    installed.kubectl("set", "resources", f"deployment/{APP}", "--limits", "cpu=1,memory=128Mi")
    installed.kubectl("label", "deployment", APP, "tier=db", "mine=too", "--overwrite")
    installed.kubectl("patch", "configmap", APP, "--type", "merge", "--patch", '{"data": {"colour": "green", "mine": "too"}}')
    installed.kubectl("patch", "secret", APP, "--type", "merge", "--patch", '{"data": {"password": "bmV3"}}')
    found = foretold(installed, chart, "b" * 64)
    assert set(found) == {
        "Deployment/sample-app spec.replicas",
        "Deployment/sample-app spec.template.spec.containers[name=app].env[name=LEVEL].value",
        "Deployment/sample-app spec.template.spec.containers[name=app].resources.limits.cpu",
        "Deployment/sample-app metadata.labels.tier",
        "ConfigMap/sample-app data.colour",
        "Secret/sample-app data.password",
    }
    assert {manager.partition("-")[0] for manager in found.values()} == {"kubectl"}
    upgraded(installed, chart, "b" * 64)
    after = state(installed)
    container = after["Deployment/sample-app"]["spec"]["template"]["spec"]["containers"][0]
    assert after["Deployment/sample-app"]["spec"]["replicas"] == 2
    assert after["Deployment/sample-app"]["metadata"]["labels"] | {"tier": "web", "mine": "too"} == after["Deployment/sample-app"]["metadata"]["labels"]
    assert {"name": "LEVEL", "value": "INFO"} in container["env"] and {"name": "EXTRA", "value": "1"} in container["env"]
    assert container["resources"]["limits"]["cpu"] in ("500m", "0.5"), "a real API server writes the first, the twin leaves it as it came"
    assert after["ConfigMap/sample-app"]["data"] == {"colour": "red", "mine": "too"} and after["Secret/sample-app"]["data"]["password"] == "b2xk"
    assert foretold(installed, chart, "b" * 64) == {}


def test_an_object_that_was_deleted_is_not_there_and_one_that_may_not_be_read_is_left_out(installed: Namespace) -> None:
    installed.kubectl("delete", "configmap", APP)
    gone, kept = ObjectName("v1", "ConfigMap", APP), ObjectName("apps/v1", "Deployment", APP)
    elsewhere, unknown = ObjectName("v1", "ConfigMap", APP, "kube-system"), ObjectName("example.com/v1", "Widget", APP)
    found = cluster(installed).objects([gone, kept, elsewhere, unknown])
    assert found.keys() == {gone, kept} and found[gone] is None
    there = found[kept]
    assert there is not None and there["metadata"]["managedFields"]
