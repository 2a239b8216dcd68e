"""`monitoring/` by Prometheus' own tool: every alert fires when it should and not before, and the harder queries of dashboards say what their panels claim."""

import importlib.util
import json
import os
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.infra.test_charts import helm

ROOT = Path(__file__).parents[2]
PROMTOOL = ROOT / ".slipway/bin/promtool"
PROMETHEUS = ROOT / "monitoring/prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yaml"))
TARGET = "environment='prod', namespace='sample-prod', service='sample-app'"
LIMIT = "namespace='sample-prod', container='sample-app'"

Rule = dict[str, Any]


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = PROMTOOL if PROMTOOL.exists() else "promtool"
    try:
        return subprocess.run([str(program), *(str(argument) for argument in arguments)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.fail("this test needs promtool: python3 scripts/setup.py promtool brings it")


@cache
def rules() -> Sequence[Rule]:
    return [rule for file in RULES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


def alerts() -> Sequence[str]:
    return [rule["alert"] for rule in rules() if "alert" in rule]


@cache
def expectations(alert: str) -> Sequence[tuple[Rule, Rule]]:
    """What the tests say of an alert: each with the test that says it."""
    tests = [test for file in TESTS for test in yaml.safe_load(file.read_text())["tests"]]
    return [(test, expected) for test in tests for expected in test["alert_rule_test"] if expected["alertname"] == alert]


def test_promtool_finds_no_fault_in_the_rules() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", *RULES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alerts_do_what_their_tests_say() -> None:
    done = promtool("test", "rules", *TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_that_fires_too_early_fails_its_test(tmp_path: Path) -> None:
    for folder, files in (("rules", RULES), ("tests", TESTS)):
        (tmp_path / folder).mkdir()
        for file in files:
            (tmp_path / folder / file.name).write_text(file.read_text().replace("for: 5m", "for: 4m"))
    done = promtool("test", "rules", tmp_path / "tests/high_error_rate.yaml")
    assert done.returncode == 1
    assert "alertname: HighErrorRate, time: 5m" in done.stdout + done.stderr


@pytest.mark.parametrize("alert", alerts())
def test_every_alert_is_seen_firing_not_firing_and_without_data(alert: str) -> None:
    assert [expected for _, expected in expectations(alert) if expected["exp_alerts"]]
    assert [test for test, expected in expectations(alert) if test["input_series"] and not expected["exp_alerts"]]
    assert [test for test, expected in expectations(alert) if not test["input_series"] and not expected["exp_alerts"]]


def test_every_alert_has_a_severity_a_summary_and_a_runbook() -> None:
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in {"page", "ticket"}, rule
            assert rule["annotations"]["summary"], rule
            page = rule["annotations"]["runbook_url"].removeprefix("https://github.com/acme/slipway/blob/main/monitoring/runbooks/")
            assert re.fullmatch(r"[a-z-]+\.md", page) and rule["alert"] in (ROOT / "monitoring/runbooks" / page).read_text(), rule


def test_the_chart_installs_the_files_as_they_are() -> None:
    done = helm("template", "slipway", ROOT / "monitoring", "-n", "monitoring", "--set", "rules.labels.release=prometheus")
    assert done.returncode == 0, done.stderr
    manifests = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in yaml.safe_load_all(done.stdout)}
    assert {manifest["metadata"]["namespace"] for manifest in manifests.values()} == {"monitoring"}
    for file in RULES:
        rule = manifests.pop(("PrometheusRule", f"slipway-{file.stem}"))
        assert rule["spec"] == yaml.safe_load(file.read_text())
        assert rule["metadata"]["labels"] == {"release": "prometheus"}
    for file in sorted((ROOT / "monitoring/grafana").glob("*.json")):
        dashboard = manifests.pop(("ConfigMap", f"slipway-{file.stem}"))
        assert json.loads(dashboard["data"][file.name]) == json.loads(file.read_text())
        assert dashboard["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert not manifests


def test_the_readme_tells_of_every_alert() -> None:
    """And of Slipway's own: those of template.yaml."""
    text = (ROOT / "monitoring/README.md").read_text()
    own = re.findall(r"AlarmName: (slipway-[a-z-]+)", (ROOT / "template.yaml").read_text())
    assert own and set(re.findall(r"^\| `([A-Za-z-]+)` \|", text, re.MULTILINE)) == {*alerts(), *own}


def test_the_rules_of_pods_look_at_the_namespaces_that_slipway_deploys_to() -> None:
    environments = yaml.safe_load((ROOT / "slipway.yaml").read_text())["environments"].values()
    namespaces = {environment["namespace"] for environment in environments}
    matchers = [matcher for rule in rules() for matcher in re.findall(r'namespace=~"([^"]+)"', rule["expr"])]
    assert matchers
    for matcher in matchers:
        assert {namespace for namespace in [*namespaces, "kube-system", "monitoring"] if re.fullmatch(matcher, namespace)} == namespaces


def test_saturation_is_the_share_of_the_limit_that_the_worst_pod_uses(tmp_path: Path) -> None:
    pods = {"sample-app-1": 15, "sample-app-2": 45}
    series = {
        **{f"process_cpu_seconds_total{{{TARGET}, pod='{pod}'}}": f"0+{seconds}x10" for pod, seconds in pods.items()},
        **{f"process_resident_memory_bytes{{{TARGET}, pod='{pod}'}}": f"{seconds}x10" for pod, seconds in pods.items()},
        **{f"kube_pod_container_resource_limits{{{LIMIT}, pod='{pod}', resource='cpu'}}": "1x10" for pod in pods},
        **{f"kube_pod_container_resource_limits{{{LIMIT}, pod='{pod}', resource='memory'}}": "60x10" for pod in pods},
    }
    queries = {query: {'{environment="prod"}': 0.75} for query in _queries("service") if "resource_limits" in query}
    assert len(queries) == 2
    done = evaluated(series, "10m", queries, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("dashboard", ["service", "deployments"])
def test_a_release_is_marked_when_it_comes_and_not_while_it_runs(dashboard: str, tmp_path: Path) -> None:
    series = {
        f"sample_app_build_info{{{TARGET}, version='1.4.0', commit='c0'}}": "1x30",
        f"sample_app_build_info{{{TARGET}, version='1.5.0', commit='c1'}}": "_x9 1x20",
    }
    (marker,) = json.loads((ROOT / f"monitoring/grafana/{dashboard}.json").read_text())["annotations"]["list"]
    marked = {_filled(marker["expr"]): {'{environment="prod", version="1.5.0", commit="c1"}': 1.0}}
    (tmp_path / "new").mkdir()
    assert evaluated(series, "10m", marked, tmp_path / "new").returncode == 0
    assert evaluated(series, "20m", {_filled(marker["expr"]): {}}, tmp_path).returncode == 0


def _queries(dashboard: str) -> Sequence[str]:
    panels = json.loads((ROOT / f"monitoring/grafana/{dashboard}.json").read_text())["panels"]
    return [_filled(target["expr"]) for panel in panels for target in panel["targets"]]


def _filled(query: str) -> str:
    """With what Grafana puts in for its variables."""
    for variable, value in {"$__rate_interval": "5m", "$environment": "prod", "$namespace": "sample-prod", "$service": "sample-app"}.items():
        query = query.replace(variable, value)
    return query


def evaluated(series: dict[str, str], at: str, queries: dict[str, dict[str, float]], folder: Path) -> subprocess.CompletedProcess[str]:
    """Whether Prometheus answers these queries so, by labels, after being given the series."""
    expected = [
        {"expr": query, "eval_time": at, "exp_samples": [{"labels": labels, "value": value} for labels, value in samples.items()]}
        for query, samples in queries.items()
    ]
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    file = folder / "queries.yaml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": expected}]}))
    return promtool("test", "rules", file)


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/setup.py of a checkout that has no promtool yet, on a machine without any program."""
    found = importlib.util.spec_from_file_location("setup", ROOT / "scripts/setup.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    (tmp_path / "machine").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "machine"))
    monkeypatch.setattr(module, "TOOLS", tmp_path / "tools")
    return module


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\nPATH={os.defpath}\n{script}")
    (folder / name).chmod(0o755)


def test_set_up_says_what_to_install_where_there_is_neither_apt_nor_promtool(setup: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="tests need promtool"):
        setup.install_promtool()
    program(tmp_path / "machine", "promtool", "exit 0")
    assert not setup.install_promtool()


def test_set_up_unpacks_promtool_and_fetches_a_list_of_packages_where_apt_has_none(setup: ModuleType, tmp_path: Path) -> None:
    machine = tmp_path / "machine"
    program(
        machine, "apt-get", 'case "$*" in -q*) exit 100;; *" update") touch "$0.updated";; *) test -e "$0.updated" && touch prometheus_3_amd64.deb;; esac\n'
    )
    program(machine, "dpkg-deb", 'mkdir -p "$3/usr/bin" && echo promtool > "$3/usr/bin/promtool"\n')
    assert setup.install_promtool()
    assert (tmp_path / "tools/bin/promtool").read_text() == "promtool\n"
    assert not setup.install_promtool()
