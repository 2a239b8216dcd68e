"""A Deployment's numbers and conditions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.twin.controllers.objects import NOW, at, deployment, generations, replica_set
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.conditions import found
from twin.cluster.controllers.deployment.progress import seconds_left
from twin.cluster.controllers.deployment.revisions import Generations
from twin.cluster.controllers.deployment.status import status_of


def progressing(reason: str, status: str = "True", *, updated: float = -10) -> Object:
    return {"type": "Progressing", "status": status, "reason": reason, "message": "", "lastUpdateTime": at(updated), "lastTransitionTime": at(-1000)}


def with_status(conditions: list[Object], *, spec: dict[str, Any] | None = None, **numbers: Any) -> Object:
    return {**deployment("web:2", **(spec or {})), "status": {**numbers, "conditions": conditions}}


def condition(status: Object, kind: str) -> Object:
    entry = found(status["conditions"], kind)
    assert entry is not None
    return entry


STUCK = generations(replica_set("web:2", 1, available=0, revision=2), replica_set("web:1", 3))
STUCK_NUMBERS: dict[str, Any] = {"replicas": 4, "updatedReplicas": 1, "readyReplicas": 3, "availableReplicas": 3}
DONE = generations(replica_set("web:2", 3, revision=2), replica_set("web:1", 0))


def test_numbers_are_summed_and_zeros_left_out() -> None:
    status = status_of(deployment("web:2"), STUCK, NOW)
    del status["conditions"]
    assert status == {"observedGeneration": 2, "unavailableReplicas": 1, **STUCK_NUMBERS}


@pytest.mark.parametrize(
    ("unavailable", "available", "expected"),
    [(0, 3, "True"), (0, 2, "False"), (1, 2, "True"), ("25%", 2, "False"), (5, 0, "True")],
)
def test_available_means_no_more_missing_than_allowed(unavailable: int | str, available: int, expected: str) -> None:
    status = status_of(deployment(unavailable=unavailable), generations(replica_set("web:1", 3, available=available)), NOW)
    assert condition(status, "Available")["status"] == expected


def test_a_complete_rollout_has_progressed_successfully() -> None:
    entry = condition(status_of(with_status([progressing("ReplicaSetUpdated")]), DONE, NOW), "Progressing")
    assert (entry["status"], entry["reason"]) == ("True", "NewReplicaSetAvailable")
    assert entry["message"] == 'ReplicaSet "web-2" has successfully progressed.'


def test_progress_renews_the_deadline_but_not_the_time_of_transition() -> None:
    before = with_status([progressing("ReplicaSetUpdated", updated=-500)], replicas=4, updatedReplicas=1, readyReplicas=2, availableReplicas=2)
    entry = condition(status_of(before, STUCK, NOW), "Progressing")
    assert (entry["lastUpdateTime"], entry["lastTransitionTime"]) == (at(0), at(-1000))


@pytest.mark.parametrize(("waited", "expected"), [(599, "NewReplicaSetCreated"), (600, "ProgressDeadlineExceeded")])
def test_the_deadline_counts_from_the_last_progress(waited: int, expected: str) -> None:
    before = with_status([progressing("NewReplicaSetCreated", updated=-waited)], **STUCK_NUMBERS)
    assert condition(status_of(before, STUCK, NOW), "Progressing")["reason"] == expected


def test_a_missed_deadline_is_false_and_stays_until_there_is_progress() -> None:
    missed = progressing("ProgressDeadlineExceeded", "False", updated=-5000)
    entry = condition(status_of(with_status([missed], **STUCK_NUMBERS), STUCK, NOW), "Progressing")
    assert entry == missed
    further = condition(status_of(with_status([missed], **{**STUCK_NUMBERS, "readyReplicas": 2}), STUCK, NOW), "Progressing")
    assert (further["status"], further["lastTransitionTime"]) == ("True", at(0))


def test_a_finished_rollout_stays_finished_when_its_pods_fail_later() -> None:
    before = with_status([progressing("NewReplicaSetAvailable", updated=-5000)], replicas=3, updatedReplicas=3, readyReplicas=3, availableReplicas=3)
    status = status_of(before, generations(replica_set("web:2", 3, available=0, revision=2), replica_set("web:1", 0)), NOW)
    assert condition(status, "Progressing")["reason"] == "NewReplicaSetAvailable"
    assert condition(status, "Available")["status"] == "False"


def test_without_a_deadline_there_is_no_such_condition() -> None:
    before = with_status([progressing("ReplicaSetUpdated")], spec={"progressDeadlineSeconds": None})
    assert found(status_of(before, STUCK, NOW)["conditions"], "Progressing") is None


def test_a_pause_stops_the_clock_and_resuming_starts_it_anew() -> None:
    pausing = with_status([progressing("ReplicaSetUpdated", updated=-599)], spec={"paused": True}, **STUCK_NUMBERS)
    paused = status_of(pausing, STUCK, NOW)
    assert condition(paused, "Progressing")["reason"] == "DeploymentPaused"
    later = NOW + timedelta(seconds=5000)
    assert status_of({**pausing, "status": paused}, STUCK, later)["conditions"] == paused["conditions"]
    resumed = condition(status_of({**with_status([]), "status": paused}, STUCK, later), "Progressing")
    assert (resumed["reason"], resumed["lastUpdateTime"]) == ("DeploymentResumed", at(5000))


def test_the_deadline_is_looked_at_when_it_is_due() -> None:
    assert seconds_left(with_status([progressing("ReplicaSetUpdated", updated=-100)]), NOW) == 500
    assert seconds_left(with_status([progressing("NewReplicaSetAvailable", updated=-100)]), NOW) is None
    assert seconds_left(with_status([progressing("ProgressDeadlineExceeded", "False")]), NOW) is None


def refused(name: str) -> Object:
    failing = replica_set(name, 1, available=0, revision=2)
    failing["status"]["conditions"] = [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota", "lastTransitionTime": at(-5)}
    ]
    return failing


@pytest.mark.parametrize("present", [generations(refused("web:2"), replica_set("web:1", 3)), generations(replica_set("web:2", 1), refused("web:1"))])
def test_a_refused_pod_shows_in_the_deployment(present: Generations) -> None:
    entry = condition(status_of(with_status([]), present, NOW), "ReplicaFailure")
    assert (entry["status"], entry["reason"], entry["message"]) == ("True", "FailedCreate", "exceeded quota")


def test_and_goes_when_pods_are_made_again() -> None:
    before = with_status([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "", "lastTransitionTime": at(-5)}])
    assert found(status_of(before, DONE, NOW)["conditions"], "ReplicaFailure") is None


def test_an_unchanged_state_gives_the_same_status_again() -> None:
    first = status_of(with_status([progressing("ReplicaSetUpdated")], **STUCK_NUMBERS), STUCK, NOW)
    assert status_of({**deployment("web:2"), "status": first}, STUCK, NOW + timedelta(seconds=30)) == first
