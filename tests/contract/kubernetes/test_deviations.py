"""The suite finds what it is for: a cluster that deviates from Kubernetes in one point fails the test of that point."""

import importlib
import inspect
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.contract.cluster.parts import cluster_processes
from tests.contract.kubernetes.cluster import Cluster, connected, new_namespace
from tests.contract.kubernetes.deviating import DEVIATIONS
from tests.contract.kubernetes.rollouts import Rollouts
from tests.contract.kubernetes.test_access import robot_in

LAUNCHER = "tests.contract.kubernetes.deviating"
PATIENCE_SECONDS = 4
"""What doesn't happen within this time doesn't happen."""


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/using-api/")
@pytest.mark.embedded_node
@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, function = DEVIATIONS[name].found_by.partition(".")
    check = getattr(importlib.import_module(f"tests.contract.kubernetes.{module}"), function)
    with ExitStack() as there:
        started = there.enter_context(cluster_processes(tmp_path, "http://127.0.0.1:1", {}, with_node=False, launcher=[LAUNCHER, name, "twin.launch"]))
        cluster = Cluster(started.kubeconfig, tmp_path, there.enter_context(connected(started.kubeconfig, tmp_path)), is_embedded=True)
        namespace = new_namespace(cluster, "deviating")
        robot = there.enter_context(robot_in(namespace))
        fixtures = {"cluster": cluster, "namespace": namespace, "robot": robot, "rollouts": Rollouts(namespace)}
        monkeypatch.setattr("tests.contract.kubernetes.cluster.PATIENCE_SECONDS", PATIENCE_SECONDS)
        with pytest.raises((AssertionError, httpx.TimeoutException, pytest.fail.Exception)):
            check(**{wanted: fixtures[wanted] for wanted in inspect.signature(check).parameters})
