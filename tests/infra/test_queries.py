"""Every query of `monitoring/` asks for metrics and labels that exist: the service's as it answers them, the cluster's as documented."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import promql_parser as promql
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sample_app.application import create_app
from sample_app.settings import Settings

from tests.infra.test_charts import one, sample_app

MONITORING = Path(__file__).parents[2] / "monitoring"
DASHBOARDS = sorted((MONITORING / "grafana").glob("*.json"))
OF_OPERATOR = {"namespace", "service", "pod", "container", "endpoint", "job", "instance"}
"""What Prometheus' operator labels the series of a ServiceMonitor with: generateServiceMonitorConfig in its pkg/prometheus/promcfg.go."""
_OBJECT = {"deployment": {"namespace", "deployment"}, "container": {"namespace", "pod", "container", "uid"}}
KUBE_STATE_METRICS: Mapping[str, set[str]] = {
    "kube_deployment_spec_replicas": _OBJECT["deployment"],
    "kube_deployment_status_replicas_available": _OBJECT["deployment"],
    "kube_deployment_status_replicas_updated": _OBJECT["deployment"],
    "kube_deployment_status_condition": _OBJECT["deployment"] | {"condition", "status", "reason"},
    "kube_pod_container_status_waiting_reason": _OBJECT["container"] | {"reason"},
    "kube_pod_container_status_restarts_total": _OBJECT["container"],
    "kube_pod_container_resource_limits": _OBJECT["container"] | {"node", "resource", "unit"},
}
"""Those that are used. https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload: deployment-metrics.md, pod-metrics.md"""

Metrics = Mapping[str, set[str]]


@cache
def answered() -> Metrics:
    """Labels by metric, as the service answers them after a request, with those that the chart's ServiceMonitor and the operator add."""
    (endpoint,) = one(sample_app("prod", "serviceMonitor.enabled=true"), "ServiceMonitor")["spec"]["endpoints"]
    added = OF_OPERATOR | {relabeling["targetLabel"] for relabeling in endpoint["relabelings"]}
    with TestClient(create_app(Settings(version="1.4.0", commit="c0ffee", image_digest="sha256:ab", environment="prod", port=0, drain_seconds=0.2))) as client:
        client.get("/")
        return {metric: own | added for metric, own in exposed(client.get(endpoint["path"]).text).items()}


def exposed(text: str) -> Metrics:
    """Labels by metric, of an answer in Prometheus' text format."""
    return {sample.name: set(sample.labels) for family in text_string_to_metric_families(text) for sample in family.samples}


@cache
def known() -> Metrics:
    metrics = {**answered(), **KUBE_STATE_METRICS}
    for rule in recordings():
        metrics[rule["record"]] = labels(promql.parse(rule["expr"]), metrics)
    return metrics


def recordings() -> Sequence[Mapping[str, str]]:
    return [rule for rule in _rules() if "record" in rule]


def _rules() -> Sequence[Mapping[str, str]]:
    files = sorted((MONITORING / "prometheus/rules").glob("*.yaml"))
    return [rule for file in files for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


def labels(query: promql.Expr, metrics: Metrics) -> set[str]:
    """The labels of what a query answers. AssertionError when it names a metric that isn't there, or a label that isn't there at that place."""
    match query:
        case promql.VectorSelector():
            assert query.name in metrics, f"no metric {query.name}"
            return _within(metrics[query.name], [matcher.name for matcher in query.matchers.matchers], query)
        case promql.MatrixSelector():
            return labels(query.vector_selector, metrics)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return labels(query.expr, metrics)
        case promql.Call():
            found = set().union(*(labels(argument, metrics) for argument in query.args))
            return _within(found, ["le"], query) - {"le"} if query.func.name == "histogram_quantile" else found
        case promql.AggregateExpr():
            assert query.modifier and query.modifier.type == promql.AggModifierType.By, f"say by what: {query.prettify()}"
            _within(labels(query.expr, metrics), query.modifier.labels, query)
            return set(query.modifier.labels)
        case promql.BinaryExpr():
            left, right = labels(query.lhs, metrics), labels(query.rhs, metrics)
            if query.modifier and query.modifier.matching:
                _within(left & right, query.modifier.matching.labels, query)
            return left or right
        case promql.NumberLiteral():
            return set()
    raise AssertionError(f"the test doesn't know {type(query).__name__}")


def _within(there: set[str], named: Sequence[str], query: promql.Expr) -> set[str]:
    assert set(named) <= there, f"no label {sorted(set(named) - there)} in {query.prettify()}"
    return there


def queries(dashboard: Path) -> Iterator[str]:
    """All of a dashboard, with a value for Grafana's own variables."""
    content = json.loads(dashboard.read_text())
    found = [target["expr"] for panel in content["panels"] for target in panel["targets"]]
    found += [annotation["expr"] for annotation in content["annotations"]["list"]]
    yield from (query.replace("$__rate_interval", "5m") for query in found)


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_rules_ask_for_what_exists(rule: Mapping[str, str]) -> None:
    labels(promql.parse(rule["expr"]), known())


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda file: file.stem)
def test_dashboards_ask_for_what_exists(dashboard: Path) -> None:
    found = list(queries(dashboard))
    assert len(found) > len(json.loads(dashboard.read_text())["panels"])
    for query in found:
        labels(promql.parse(query), known())


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda file: file.stem)
def test_legends_and_texts_name_labels_that_the_query_answers(dashboard: Path) -> None:
    content = json.loads(dashboard.read_text())
    targets = [(target["expr"], target["legendFormat"]) for panel in content["panels"] for target in panel["targets"]]
    targets += [(marker["expr"], marker["titleFormat"] + marker["textFormat"]) for marker in content["annotations"]["list"]]
    for query, text in targets:
        named = re.findall(r"{{(\w+)}}", text)
        assert named and set(named) <= labels(promql.parse(query.replace("$__rate_interval", "5m")), known()), (query, text)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboards_variables_are_declared_and_can_be_filled(dashboard: Path) -> None:
    content = json.loads(dashboard.read_text())
    variables = {variable["name"]: variable for variable in content["templating"]["list"]}
    named = set(re.findall(r"\$\{?([a-z]+)\b", json.dumps(content)))
    assert named == set(variables)
    for variable in variables.values():
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"])
            assert found and found[2] in labels(promql.parse(found[1]), known())


def test_panels_of_a_dashboard_have_their_own_numbers_and_places() -> None:
    for dashboard in DASHBOARDS:
        panels = json.loads(dashboard.read_text())["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        cells = [(x, y) for panel in panels for x in _span(panel, "x", "w") for y in _span(panel, "y", "h")]
        assert len(set(cells)) == len(cells)
        assert max(x for x, _ in cells) < 24


def _span(panel: Mapping[str, Mapping[str, int]], start: str, length: str) -> range:
    place = panel["gridPos"]
    return range(place[start], place[start] + place[length])


def test_only_probes_and_scrapes_are_left_out() -> None:
    app = create_app(Settings(version="1.4.0", commit="c0ffee", image_digest="sha256:ab", environment="prod", port=0, drain_seconds=0.2))
    texts = [rule["expr"] for rule in _rules()] + [query for dashboard in DASHBOARDS for query in queries(dashboard)]
    (pattern,) = {pattern for text in texts for pattern in re.findall(r'route!~"([^"]+)"', text)}
    left_out = {route for route in [*app.openapi()["paths"], "unmatched"] if re.fullmatch(pattern, route)}
    assert left_out == {"/health/live", "/health/ready", "/metrics"}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("rate(http_request_total[5m])", "no metric http_request_total"),
        ('rate(http_requests_total{code="500"}[5m])', "no label ['code']"),
        ("sum by (path) (http_requests_total)", "no label ['path']"),
        ("sum by (status) (http_requests_total) / on (route) sum by (route) (http_requests_total)", "no label ['route']"),
        ("histogram_quantile(0.9, sum by (route) (rate(http_request_duration_seconds_bucket[5m])))", "no label ['le']"),
        ("sum(http_requests_total)", "say by what"),
    ],
)
def test_a_query_for_what_does_not_exist_is_found(query: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(fault)):
        labels(promql.parse(query), known())
