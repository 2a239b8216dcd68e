"""The rules of `monitoring/` by Prometheus' own tool: they are well-formed, and every alert fires when it should and not before."""

import json
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.test_charts import helm

ROOT = Path(__file__).parents[2]
PROMTOOL = ROOT / ".slipway/bin/promtool"
PROMETHEUS = ROOT / "monitoring/prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yaml"))

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
            assert re.fullmatch(r"https://github\.com/acme/slipway/blob/main/monitoring/runbooks/[a-z-]+\.md", rule["annotations"]["runbook_url"]), rule


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
