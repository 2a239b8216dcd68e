"""One suite for every cluster: the twin's own, or any other whose kubeconfig is in SLIPWAY_KUBECONFIG (`make test-cluster KUBECONFIG=...`).

Each test is one behaviour that Slipway, Helm or kubectl relies on, and names where it is defined. What needs the twin's node, which runs processes of this
machine, is marked so and is skipped elsewhere; nothing else may be.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.cluster.parts import cluster_processes
from tests.contract.kubernetes.charts import Chart, new_chart
from tests.contract.kubernetes.cluster import Cluster, Namespace, connected, new_namespace
from tests.contract.kubernetes.living import Pods
from tests.contract.kubernetes.rollouts import Rollouts
from tests.contract.kubernetes.workloads import Workloads

HERE = Path(__file__).parent
KUBECONFIG = os.environ.get("SLIPWAY_KUBECONFIG", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE not in item.path.parents:
            continue
        assert any(mark.args[0].startswith("https://") for mark in item.iter_markers("behaviour")), f"{item.nodeid} doesn't say where its behaviour is defined"
        item.add_marker(pytest.mark.xdist_group("kubernetes"))
        item.add_marker(pytest.mark.timeout(200))
        if KUBECONFIG and item.get_closest_marker("embedded_node"):
            item.add_marker(pytest.mark.skip(reason="it needs the twin's node"))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("kubernetes")
    if KUBECONFIG:
        with connected(Path(KUBECONFIG), folder) as http:
            yield Cluster(Path(KUBECONFIG), folder, http, is_embedded=False)
        return
    with cluster_processes(folder, "http://127.0.0.1:1", {}) as started, connected(started.kubeconfig, folder) as http:
        yield Cluster(started.kubeconfig, folder, http, is_embedded=True, image=f"registry.example/sample-app@{started.digest}")


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[Namespace]:
    """Of one test; it is deleted afterwards, and not waited for."""
    found = new_namespace(cluster, f"behaviour-{uuid.uuid4().hex[:10]}")
    yield found
    cluster.delete(f"/api/v1/namespaces/{found.name}")


@pytest.fixture
def chart(tmp_path: Path, namespace: Namespace) -> Chart:
    return new_chart(tmp_path, namespace)


@pytest.fixture
def workloads(namespace: Namespace) -> Workloads:
    return Workloads(namespace)


@pytest.fixture
def pods(namespace: Namespace) -> Pods:
    return Pods(namespace)


@pytest.fixture
def rollouts(namespace: Namespace) -> Rollouts:
    return Rollouts(namespace)
