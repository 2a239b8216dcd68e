"""When a rollout is done, hopeless or worth waiting for."""

import pytest

from slipway.adapters.kubernetes import _container
from slipway.domain.rollout import Container, Pod, Workload, judge


def workload(*containers: Container, **changes: object) -> Workload:
    values = {"name": "app", "desired": 1, "updated": 1, "available": 0, "total": 1, "observed": True, "pods": (Pod("pod-1", containers),), **changes}
    return Workload(**values)  # type: ignore[arg-type]


def test_a_rollout_is_done_when_every_pod_is_new_and_available() -> None:
    verdict = judge([workload(Container("app"), available=1)])
    assert verdict is not None and verdict.passed


@pytest.mark.parametrize("changes", [{"observed": False}, {"updated": 0}, {"total": 2}, {"available": 0}])
def test_a_rollout_goes_on_while_anything_is_missing(changes: dict[str, object]) -> None:
    assert judge([workload(Container("app"), **{"available": 1, **changes})]) is None


def test_one_termination_is_a_stumble_and_the_second_is_hopeless() -> None:
    assert judge([workload(Container("app", terminations=1, exit_code=3))]) is None
    verdict = judge([workload(Container("app", terminations=2, exit_code=3, termination_reason="Error"))])
    assert verdict is not None and not verdict.passed
    assert verdict.evidence == {"pod": "pod-1", "container": "app", "reason": "Error", "exit_code": 3, "terminations": 2}


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError"])
def test_what_does_not_heal_is_hopeless_at_once(reason: str) -> None:
    verdict = judge([workload(Container("app", waiting_reason=reason, waiting_message="why"))])
    assert verdict is not None and not verdict.passed
    assert f"{reason}: why" in verdict.reason


def test_quota_and_admission_refusing_pods_is_hopeless_at_once() -> None:
    verdict = judge([workload(pods=(), replica_failure="exceeded quota: pods")])
    assert verdict is not None and verdict.reason == "app: exceeded quota: pods"


@pytest.mark.parametrize(
    ("status", "terminations"),
    [
        ({"restartCount": 0, "state": {"running": {}}}, 0),
        ({"restartCount": 0, "state": {"terminated": {"exitCode": 3}}}, 1),
        ({"restartCount": 1, "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 3}}}, 1),
        ({"restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 3}}}, 2),
        ({"restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}, 0),
    ],
)
def test_terminations_are_counted_as_the_kubelet_reports_them(status: dict[str, object], terminations: int) -> None:
    assert _container({"name": "app", **status}, init=False).terminations == terminations
