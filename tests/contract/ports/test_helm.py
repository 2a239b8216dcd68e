"""The real Helm against the twin's API server."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.domain.manifests import difference
from slipway.errors import TemporarilyUnavailable
from slipway.ports import HelmFailed, HelmRelease
from tests.contract.ports.namespaces import APP, COMMIT, ROOT, Namespace

pytestmark = pytest.mark.xdist_group("helm")


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart with a Secret, a hook, and something that depends on which Kubernetes the cluster has."""
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: sample-app, version: 0.1.0}")
    (folder / "values.yaml").write_text("{password: quoted, level: INFO}")
    (folder / "values-dev.yaml").write_text("{level: DEBUG}")
    (folder / "values.schema.json").write_text('{"properties": {"level": {"enum": ["INFO", "DEBUG"]}, "password": {"maxLength": 12}}}')
    (folder / "templates" / "secret.yaml").write_text(_template("Secret", "stringData: {password: {{ .Values.password | quote }}}"))
    seen = '{{ .Capabilities.KubeVersion.Version }}{{ if .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }} with budgets{{ end }}'
    (folder / "templates" / "level.yaml").write_text(_template("ConfigMap", f"data: {{level: {{{{ .Values.level }}}}, kubernetes: {seen}}}"))
    (folder / "templates" / "hook.yaml").write_text(_template("ConfigMap", "", "hook, annotations: {helm.sh/hook: pre-upgrade}"))
    return folder


def _template(kind: str, more: str, name: str = "sample-app") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{more}\n"


def upgraded(namespace: Namespace, chart: Path, **values: object) -> HelmRelease | HelmFailed:
    return namespace.charts.upgrade(APP, chart, values, "values-dev.yaml", COMMIT)


def rendered(namespace: Namespace, chart: Path, **values: object) -> str:
    manifest = namespace.charts.render(APP, chart, values, "values-dev.yaml")
    assert isinstance(manifest, str), manifest
    return manifest


def test_what_is_rendered_is_what_an_upgrade_then_applies(namespace: Namespace, chart: Path) -> None:
    for password in ("first", "second"):
        planned = rendered(namespace, chart, password=password)
        upgraded(namespace, chart, password=password)
        assert f'password: "{password}"' in planned
        assert planned.strip() == namespace.charts.manifest(APP).strip()
        assert {item["metadata"]["name"] for item in yaml.safe_load_all(planned)} == {APP}


def test_rendering_is_for_the_clusters_kubernetes_and_writes_nothing_to_it(namespace: Namespace, chart: Path) -> None:
    version = json.loads(namespace.kubectl("get", "--raw", "/version"))["gitVersion"]
    for _ in ("install", "upgrade"):
        before = namespace.writes()
        assert f"level: DEBUG, kubernetes: {version} with budgets" in rendered(namespace, chart, password="other")
        assert namespace.writes() == before
        upgraded(namespace, chart)
        assert namespace.writes() != before


def test_what_a_chart_looks_up_is_nothing_until_it_is_applied(namespace: Namespace, chart: Path) -> None:
    """Else whoever pushes reads the environment's Secrets before anybody has agreed, from what a plan fails with or shows."""
    namespace.kubectl("create", "secret", "generic", "db", "--from-literal", "password=hunter-two")
    assert not namespace.charts.looks_up(chart)
    found = '{{ (lookup "v1" (printf "Sec%s" "ret") .Release.Namespace "db").data | toJson | b64enc }}'
    (chart / "templates" / "found.yaml").write_text(_template("ConfigMap", f"data: {{found: {found}}}", "found"))
    assert namespace.charts.looks_up(chart)
    nothing, something = (base64.b64encode(text).decode() for text in (b"null", b'{"password":"aHVudGVyLXR3bw=="}'))
    assert nothing in rendered(namespace, chart) and something not in rendered(namespace, chart)
    upgraded(namespace, chart)
    assert something in namespace.charts.manifest(APP)
    for status in ("deployed", "pending-upgrade"):
        namespace.leave(1, status)
        assert nothing in rendered(namespace, chart) and something not in rendered(namespace, chart)


def test_the_services_own_chart_shows_the_image_and_the_commit_that_change(namespace: Namespace, tmp_path: Path) -> None:
    chart = shutil.copytree(ROOT / "helm" / "sample-app", tmp_path / "chart")
    upgraded(namespace, chart, **_release("a"))
    found = difference(namespace.charts.manifest(APP), rendered(namespace, chart, **_release("b")))
    assert found.summary == "1 object changes (Deployment/sample-app)"
    for sign, digit in (("-", "a"), ("+", "b")):
        assert f"\n{sign}        image: registry.example/sample-app@sha256:{digit * 64}\n" in found.text
    assert namespace.charts.workloads(APP) == [APP]


def _release(digit: str) -> dict[str, Any]:
    digest = f"sha256:{digit * 64}"
    return {
        "image": {"repository": "registry.example/sample-app", "digest": digest},
        "release": {"version": digit * 12, "commit": digit * 40, "digest": digest},
        "environment": "dev",
    }


def test_nothing_installed_has_no_manifest_and_no_workloads(namespace: Namespace) -> None:
    assert namespace.charts.manifest(APP) == ""
    with pytest.raises(TemporarilyUnavailable, match="release: not found"):
        namespace.charts.workloads(APP)


@pytest.mark.parametrize("status", ["failed", "pending-upgrade"])
def test_what_runs_is_the_deployed_revision_while_a_newer_one_failed_or_is_pending(status: str, namespace: Namespace, chart: Path) -> None:
    upgraded(namespace, chart, password="runs")
    upgraded(namespace, chart, password="never")
    namespace.leave(1, "deployed")
    namespace.leave(2, status)
    assert 'password: "runs"' in namespace.charts.manifest(APP)
    assert 'password: "planned"' in rendered(namespace, chart, password="planned")


@pytest.mark.parametrize("fault", ["password: 4815162342", "password: {hunter-two: 1}", "password: [hunter-two]"])
def test_a_secret_that_the_api_server_refuses_is_told_without_its_values(fault: str, namespace: Namespace, chart: Path) -> None:
    upgraded(namespace, chart)
    (chart / "templates" / "secret.yaml").write_text(_template("Secret", f"stringData: {{{fault}}}"))
    failed = upgraded(namespace, chart)
    assert isinstance(failed, HelmFailed)
    assert failed.message.startswith("Error: UPGRADE FAILED") and failed.message.endswith(".stringData.password: expected string, got (hidden)")


def test_what_helm_refuses_is_told_without_the_values(namespace: Namespace, chart: Path) -> None:
    upgraded(namespace, chart)
    for values, words in (({"level": "LOUD"}, "at '/level': value must be one of"), ({"password": "correct horse battery"}, "at '/password': maxLength")):
        failed = namespace.charts.render(APP, chart, values, "values-dev.yaml")
        assert isinstance(failed, HelmFailed)
        assert words in failed.message
        assert "horse" not in failed.message
    (chart / "templates" / "secret.yaml").write_text(_template("Secret", "stringData: {password: {{ fail .Values.password }}}"))
    failed = namespace.charts.render(APP, chart, {"password": "horse"}, "values-dev.yaml")
    assert isinstance(failed, HelmFailed)
    assert "sample-app/templates/secret.yaml:4" in failed.message
    assert "horse" not in failed.message
