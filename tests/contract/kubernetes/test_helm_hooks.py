"""Hooks of charts, migrations among them, and `helm test`."""

import json

import pytest

from tests.contract.kubernetes.charts import Chart, config_map, hook
from tests.contract.kubernetes.cluster import Cluster, until
from tests.contract.kubernetes.workloads import Workloads, job, pod, python

HOOKS = "https://helm.sh/docs/topics/charts_hooks/"
TESTS = "https://helm.sh/docs/topics/chart_tests/"


@pytest.mark.behaviour(f"{HOOKS}#hook-resources-are-not-managed-with-corresponding-releases")
def test_a_hook_is_no_part_of_the_release_and_stays_when_it_is_uninstalled(chart: Chart, workloads: Workloads) -> None:
    chart.has("hook", hook(config_map("hooked"), "pre-install"))
    chart.install()
    assert "hooked" not in chart.helm("get manifest")
    assert "hooked" in chart.helm("get hooks")
    chart.helm("uninstall")
    assert workloads.exists(config_map("hooked"))


@pytest.mark.behaviour(f"{HOOKS}#hook-deletion-policies")
def test_a_hook_goes_after_its_success_or_before_its_next_creation(chart: Chart, workloads: Workloads) -> None:
    chart.has("once", hook(config_map("once"), "pre-install,pre-upgrade", "hook-succeeded"))
    chart.has("again", hook(config_map("again"), "pre-install,pre-upgrade"))
    chart.install()
    until(lambda: not workloads.exists(config_map("once")), "the end of the hook")
    first = workloads.get(config_map("again"))["metadata"]["uid"]
    chart.upgrade()
    assert workloads.get(config_map("again"))["metadata"]["uid"] != first


@pytest.mark.behaviour(f"{HOOKS}#writing-a-hook")
def test_a_hook_that_never_ends_fails_the_upgrade_before_anything_else_is_changed(chart: Chart) -> None:
    chart.install()
    chart.has("migration", hook(job("migration"), "pre-upgrade"))
    chart.upgrade("--set=colour=green", "--timeout=2s", fails=True)
    assert chart.colour() == "red"
    assert chart.history() == [(1, "deployed"), (2, "failed")]


@pytest.mark.behaviour("https://helm.sh/docs/helm/helm_test/")
def test_a_release_without_tests_passes_them(chart: Chart) -> None:
    chart.install()
    assert "STATUS: deployed" in chart.helm("test")


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{HOOKS}#the-available-hooks")
def test_a_migration_runs_to_its_end_before_the_release_changes(cluster: Cluster, chart: Chart, workloads: Workloads) -> None:
    colour = {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "web-settings", "key": "colour"}}}
    migration = job("migration", pods={"containers": [python(cluster.image, "import os; print('seen', os.environ['COLOUR'])", env=[colour])]})
    chart.has("migration", hook(migration, "pre-upgrade", "before-hook-creation"))
    chart.install()
    assert not workloads.exists(migration)
    chart.upgrade("--set=colour=green", "--timeout=60s")
    assert chart.colour() == "green"
    assert workloads.get(migration)["status"]["succeeded"] == 1
    assert chart.namespace.kubectl("logs", "job/migration") == "seen red\n"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{HOOKS}#hook-deletion-policies")
def test_a_migration_that_fails_fails_the_upgrade_and_is_left_to_be_looked_at(cluster: Cluster, chart: Chart, workloads: Workloads) -> None:
    chart.install()
    migration = job("migration", pods={"containers": [python(cluster.image, "raise SystemExit('no table')")]}, backoffLimit=0)
    chart.has("migration", hook(migration, "pre-upgrade", "hook-succeeded"))
    assert "pre-upgrade hooks failed" in chart.upgrade("--set=colour=green", "--timeout=60s", fails=True)
    assert chart.colour() == "red"
    assert chart.history()[-1] == (2, "failed")
    assert "no table" in chart.namespace.kubectl("logs", "job/migration")


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{HOOKS}#hook-weights")
def test_hooks_run_in_the_order_of_their_weights(cluster: Cluster, chart: Chart, workloads: Workloads) -> None:
    for name, weight in (("late", 5), ("early", -5)):
        chart.has(name, hook(job(name, pods={"containers": [python(cluster.image, "pass")]}), "pre-install", weight=weight))
    chart.install("--timeout=60s")
    early, late = (workloads.get(job(name))["status"] for name in ("early", "late"))
    assert early["completionTime"] <= late["startTime"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(TESTS)
@pytest.mark.parametrize("kind", ["Job", "Pod"])
def test_helm_test_runs_a_job_or_a_pod_and_tells_how_it_ended(cluster: Cluster, chart: Chart, kind: str) -> None:
    container = python(cluster.image, "print('all is well')")
    tested = job("check", pods={"containers": [container]}) if kind == "Job" else pod("check", container, restartPolicy="Never")
    chart.has("check", hook(json.loads(json.dumps(tested)), "test", "before-hook-creation"))
    chart.install()
    for _ in range(2):
        said = chart.helm("test", "--timeout=60s")
        assert "Phase:          Succeeded" in said
        assert "TEST SUITE:     check" in said


@pytest.mark.embedded_node
@pytest.mark.behaviour(TESTS)
@pytest.mark.parametrize("kind", ["Job", "Pod"])
def test_helm_test_fails_with_the_job_or_pod(cluster: Cluster, chart: Chart, kind: str) -> None:
    container = python(cluster.image, "raise SystemExit(1)")
    tested = job("check", pods={"containers": [container]}, backoffLimit=0) if kind == "Job" else pod("check", container, restartPolicy="Never")
    chart.has("check", hook(json.loads(json.dumps(tested)), "test"))
    chart.install()
    assert "failed" in chart.helm("test", "--timeout=60s", fails=True)
