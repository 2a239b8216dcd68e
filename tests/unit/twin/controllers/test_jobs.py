"""How a Job gets to its end: counting, back-off, verdicts, and what its status says."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.twin.controllers.objects import NOW, at, pod
from twin.cluster.client.kinds import Object
from twin.cluster.controllers.job.back_off import BackOff, ended_at
from twin.cluster.controllers.job.expiry import seconds_left
from twin.cluster.controllers.job.need import need_of, new_pod
from twin.cluster.controllers.job.status import RESUMED, SUSPENDED, started, status_of, turn_of
from twin.cluster.controllers.job.tally import TRACKING, Tally, has_failed, members, settled, tally_of, with_ended
from twin.cluster.controllers.job.verdict import (
    BACKOFF_LIMIT_EXCEEDED,
    COMPLETIONS_REACHED,
    DEADLINE_EXCEEDED,
    failure_of,
    seconds_until_deadline,
    standing,
    success_of,
)


def job(*, policy: str = "Never", status: Object | None = None, **spec: Any) -> Object:
    template = {"metadata": {"labels": {"job-name": "work"}}, "spec": {"restartPolicy": policy, "containers": [{"name": "app", "image": "work:1"}]}}
    about = {"name": "work", "namespace": "dev", "uid": "job"}
    sizes = {"parallelism": 1, "backoffLimit": 6, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": about, "spec": {"template": template, **sizes}, "status": status or {}}


def tracked(item: Object) -> Object:
    return {**item, "metadata": {**item["metadata"], "finalizers": [TRACKING]}}


def ended(name: str, seconds: float, phase: str = "Failed") -> Object:
    """A pod whose container ended so many seconds after NOW."""
    return tracked(pod(name, phase=phase, ready_for=None, containerStatuses=[{"name": "app", "state": {"terminated": {"finishedAt": at(seconds)}}}]))


def condition(kind: str, reason: str = "", seconds: float = 0) -> Object:
    return {"type": kind, "status": "True", "reason": reason, "message": "", "lastTransitionTime": at(seconds)}


def kinds(status: Object) -> list[str]:
    return [entry["type"] for entry in status.get("conditions", ())]


def test_a_pod_is_counted_for_good_once_its_finalizer_is_gone() -> None:
    tally = with_ended(Tally(counted_failed=1), [tracked(pod("a"))], [tracked(pod("b")), tracked(pod("c"))])
    assert (tally.succeeded, tally.failed, tally.is_settled) == (1, 3, False)
    half = settled(tally, [tracked(pod("a")), pod("b")])
    assert half == Tally(0, 3, ("a",), ())
    assert settled(half, []) == Tally(1, 3)


def test_a_tally_is_read_back_from_the_status_that_it_was_written_to() -> None:
    tally = Tally(2, 0, ("a",), ("b", "c"))
    assert members(tally) == {"succeeded": 2, "uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["b", "c"]}}
    assert tally_of(members(tally)) == tally
    assert members(Tally()) == {"uncountedTerminatedPods": {}}


def test_a_pod_that_is_being_deleted_has_failed_unless_only_ended_ones_are_replaced() -> None:
    leaving = pod("a", leaving=True)
    assert has_failed(leaving, job())
    assert not has_failed(leaving, job(podReplacementPolicy="Failed"))
    assert not has_failed(pod("a", leaving=True, phase="Succeeded"), job())
    assert has_failed(pod("a", phase="Failed"), job(podReplacementPolicy="Failed"))


@pytest.mark.parametrize(("failures", "seconds"), [(1, 10), (2, 20), (3, 40), (6, 320), (7, 600), (50, 600)])
def test_the_pause_after_failures_doubles_up_to_ten_minutes(failures: int, seconds: float) -> None:
    assert BackOff(failures, NOW).seconds_left(NOW) == seconds
    assert BackOff(failures, NOW).seconds_left(NOW + timedelta(seconds=seconds)) == 0


def test_a_success_forgives_the_failures_before_it() -> None:
    back_off = BackOff().after([], [ended("a", -30), ended("b", -20)])
    assert back_off == BackOff(2, NOW - timedelta(seconds=20))
    assert back_off.after([], []) == back_off
    assert back_off.after([ended("c", -10, "Succeeded")], []) == BackOff()
    assert back_off.after([ended("c", -10, "Succeeded")], [ended("d", -15), ended("e", -5)]) == BackOff(1, NOW - timedelta(seconds=5))


def test_a_pod_whose_containers_say_nothing_ended_when_it_was_no_longer_ready_or_deleted() -> None:
    assert ended_at(pod("a", ready_for=None)) == NOW
    leaving: Object = {"metadata": {"creationTimestamp": at(-90), "deletionTimestamp": at(0), "deletionGracePeriodSeconds": 30}}
    assert ended_at(leaving) == NOW - timedelta(seconds=30)
    assert ended_at({"metadata": {"creationTimestamp": at(-90)}}) == NOW - timedelta(seconds=90)


@pytest.mark.parametrize(
    ("spec", "active", "succeeded", "missing"),
    [
        pytest.param({"completions": 1}, 0, 0, 1, id="one that says nothing"),
        pytest.param({"completions": 5, "parallelism": 3}, 1, 0, 2, id="up to its parallelism"),
        pytest.param({"completions": 5, "parallelism": 3}, 0, 4, 1, id="up to its completions"),
        pytest.param({"completions": 1}, 0, 1, 0, id="complete"),
        pytest.param({"parallelism": 2}, 0, 0, 2, id="a work queue"),
        pytest.param({"parallelism": 2}, 1, 1, 0, id="a work queue after its first success"),
        pytest.param({"completions": 1, "suspend": True}, 0, 0, 0, id="suspended"),
        pytest.param({"parallelism": 0, "completions": 1}, 0, 0, 0, id="no parallelism"),
    ],
)
def test_pods_that_are_missing(spec: dict[str, Any], active: int, succeeded: int, missing: int) -> None:
    need = need_of(job(**spec), [pod(str(number)) for number in range(active)], succeeded, terminating=0)
    assert (need.missing, need.surplus) == (missing, ())


def test_surplus_pods_go_and_a_suspended_job_has_none() -> None:
    running, waiting = pod("a"), pod("b", node="", ready_for=None)
    assert need_of(job(completions=1), [running, waiting], 0, 0).surplus == (waiting,)
    assert set(map(str, need_of(job(completions=2, suspend=True), [running, waiting], 0, 0).surplus)) == {str(running), str(waiting)}


def test_a_pod_that_still_ends_is_replaced_at_once_or_after_its_end_as_asked() -> None:
    assert need_of(job(completions=1), [], 0, terminating=1).missing == 1
    assert need_of(job(completions=1, podReplacementPolicy="Failed"), [], 0, terminating=1).missing == 0


def test_a_new_pod_is_kept_until_it_is_counted() -> None:
    made = new_pod(job())
    assert made["metadata"]["generateName"] == "work-"
    assert made["metadata"]["finalizers"] == [TRACKING]
    assert made["metadata"]["ownerReferences"][0]["kind"] == "Job"


def test_more_failures_than_the_limit_are_the_end() -> None:
    assert failure_of(job(backoffLimit=2), [], 2, NOW) is None
    assert failure_of(job(backoffLimit=2), [], 3, NOW) == BACKOFF_LIMIT_EXCEEDED


@pytest.mark.parametrize(("limit", "restarts", "is_over"), [(2, 1, False), (2, 2, True), (0, 0, False), (0, 1, True)])
def test_restarts_within_pods_count_when_these_restart_their_containers(limit: int, restarts: int, is_over: bool) -> None:
    pods = [pod("a", containerStatuses=[{"name": "app", "restartCount": restarts}])]
    assert (failure_of(job(policy="OnFailure", backoffLimit=limit), pods, 0, NOW) is not None) == is_over
    assert failure_of(job(backoffLimit=limit), pods, 0, NOW) is None


def test_the_deadline_counts_from_the_start_and_not_while_suspended() -> None:
    late = job(activeDeadlineSeconds=30, status={"startTime": at(-30)})
    assert failure_of(late, [], 0, NOW) == DEADLINE_EXCEEDED
    assert seconds_until_deadline(job(activeDeadlineSeconds=30, status={"startTime": at(-20)}), NOW) == 10
    assert failure_of(job(activeDeadlineSeconds=30, suspend=True, status={"startTime": at(-30)}), [], 0, NOW) is None


def test_success_needs_all_completions_or_for_a_work_queue_one_and_no_pod_that_works() -> None:
    assert success_of(job(completions=2), 0, 1) is None
    assert success_of(job(completions=2), 0, 2) == COMPLETIONS_REACHED
    assert success_of(job(), 1, 1) is None
    assert success_of(job(), 0, 1) == COMPLETIONS_REACHED


def test_a_verdict_is_told_in_full_when_every_pod_is_counted_and_gone() -> None:
    leaving = pod("a", leaving=True)
    first = status_of(job(), [leaving], Tally(uncounted_failed=("a",)), NOW, turn=None, verdict=DEADLINE_EXCEEDED)
    assert kinds(first) == ["FailureTarget"]
    assert first["terminating"] == 1
    told = job(status=first)
    assert standing(told) == DEADLINE_EXCEEDED
    last = status_of(told, [], Tally(counted_failed=1), NOW, turn=None, verdict=standing(told))
    assert kinds(last) == ["FailureTarget", "Failed"]
    assert "completionTime" not in last


def test_a_complete_job_says_when() -> None:
    done = status_of(job(), [pod("a", phase="Succeeded")], Tally(counted_succeeded=1), NOW, turn=None, verdict=COMPLETIONS_REACHED)
    assert kinds(done) == ["SuccessCriteriaMet", "Complete"]
    assert (done["succeeded"], done["ready"], done["terminating"], done["completionTime"]) == (1, 0, 0, at(0))
    assert all(entry["lastProbeTime"] == at(0) for entry in done["conditions"])
    again = status_of(job(status=done), [pod("a", phase="Succeeded")], Tally(counted_succeeded=1), NOW + timedelta(9), turn=None, verdict=COMPLETIONS_REACHED)
    assert again == done


def test_a_suspended_job_starts_when_it_is_resumed() -> None:
    paused = job(suspend=True)
    assert started(paused, NOW) == paused
    assert turn_of(paused) == SUSPENDED
    status = status_of(paused, [], Tally(), NOW, turn=SUSPENDED, verdict=None)
    resumed = job(status={**status, "startTime": at(-500)})
    assert turn_of(resumed) == RESUMED
    assert status_of(resumed, [], Tally(), NOW, turn=RESUMED, verdict=None)["startTime"] == at(0)
    assert turn_of(job()) is None


def test_a_finished_job_is_kept_for_its_time_to_live() -> None:
    done = {"conditions": [condition("Complete", seconds=-20)]}
    assert seconds_left(job(ttlSecondsAfterFinished=30, status=done), NOW) == 10
    assert seconds_left(job(ttlSecondsAfterFinished=5, status=done), NOW) == 0
    assert seconds_left(job(status=done), NOW) is None
    assert seconds_left(job(ttlSecondsAfterFinished=5), NOW) is None
