"""What alerts and dashboards of `monitoring/` ask the service for, asked of a pod that Slipway has deployed."""

import pytest

from tests.e2e.running import NAMESPACE, Running
from tests.infra.test_queries import answered, exposed

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]


def test_a_deployed_pod_answers_the_metrics_that_rules_and_dashboards_were_checked_against(running: Running, live: str) -> None:
    (pod, *_) = running.kubernetes.list_namespaced_pod(NAMESPACE, label_selector="app.kubernetes.io/name=sample-app").items
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod.metadata.name}:8000/proxy"
    running.tool("kubectl", "get", "--raw", f"{path}/")
    found = exposed(running.tool("kubectl", "get", "--raw", f"{path}/metrics"))
    assert found.keys() >= answered().keys()
    assert all(found[metric] <= labels for metric, labels in answered().items())
