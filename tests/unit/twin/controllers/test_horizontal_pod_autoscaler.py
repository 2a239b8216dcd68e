"""Floor and ceiling of a scale target."""

from datetime import timedelta

import pytest

from tests.unit.twin.controllers.objects import NOW, at
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.horizontal_pod_autoscaler import decide, status_of


def autoscaler(**spec: object) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {"metadata": {"name": "web", "namespace": "dev"}, "spec": {"minReplicas": 2, "maxReplicas": 5, "scaleTargetRef": target, **spec}}


@pytest.mark.parametrize(("replicas", "expected", "changes"), [(1, 2, True), (2, 2, False), (4, 4, False), (5, 5, False), (9, 5, True), (0, 0, False)])
def test_the_number_is_kept_between_the_bounds_and_zero_means_hands_off(replicas: int, expected: int, changes: bool) -> None:
    decision = decide(autoscaler(), replicas)
    assert (decision.replicas, bool(decision.why)) == (expected, changes)


def test_without_metrics_scaling_is_not_active() -> None:
    status = status_of(autoscaler(), 2, decide(autoscaler(), 3), NOW)
    (inactive,) = [entry for entry in status["conditions"] if entry["type"] == "ScalingActive"]
    assert (inactive["status"], inactive["reason"]) == ("False", "FailedGetResourceMetric")
    assert (status["currentReplicas"], status["desiredReplicas"]) == (2, 3)
    assert "lastScaleTime" not in status


def test_the_time_of_a_change_is_noted_and_an_unchanged_state_gives_the_same_status() -> None:
    changed = status_of(autoscaler(), 1, decide(autoscaler(), 1), NOW)
    assert changed["lastScaleTime"] == at(0)
    settled = status_of({**autoscaler(), "status": changed}, 2, decide(autoscaler(), 2), NOW)
    assert status_of({**autoscaler(), "status": settled}, 2, decide(autoscaler(), 2), NOW + timedelta(seconds=9)) == settled
