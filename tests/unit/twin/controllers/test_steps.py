"""What a Deployment needs next."""

from tests.unit.twin.controllers.objects import deployment, generations, replica_set
from twin.cluster.controllers.deployment.revisions import REVISION
from twin.cluster.controllers.deployment.steps import Annotate, Create, Forget, Number, Scale, Step, next_step

RECREATE = {"type": "Recreate"}


def sizes(step: Step | None) -> dict[str, int]:
    assert isinstance(step, Scale)
    return {change.replica_set["metadata"]["name"]: change.replicas for change in step.changes}


def test_a_new_template_gets_a_replica_set_with_the_surge() -> None:
    step = next_step(deployment("web:2", revision=1), generations(None, replica_set("web:1", 3)), old_pods_run=False)
    assert isinstance(step, Create)
    assert step.replica_set["spec"]["replicas"] == 1
    assert step.replica_set["metadata"]["annotations"][REVISION] == "2"


def test_a_rollback_renumbers_the_replica_set_then_scales_and_then_numbers_the_deployment() -> None:
    old = replica_set("web:2", 3, revision=2)
    step = next_step(deployment("web:1", revision=2), generations(replica_set("web:1", 0, revision=1), old), old_pods_run=False)
    assert isinstance(step, Annotate)
    assert step.annotations[REVISION] == "3"
    back = generations(replica_set("web:1", 0, revision=3), old)
    assert sizes(next_step(deployment("web:1", revision=2), back, old_pods_run=False)) == {"web-1": 1}
    begun = generations(replica_set("web:1", 1, available=0, revision=3), old)
    assert next_step(deployment("web:1", revision=2), begun, old_pods_run=False) == Number(3)
    assert next_step(deployment("web:1", revision=3), begun, old_pods_run=False) is None


def test_a_changed_min_ready_seconds_reaches_the_replica_set() -> None:
    step = next_step(deployment(revision=1, minReadySeconds=5), generations(replica_set("web:1", 3)), old_pods_run=False)
    assert isinstance(step, Annotate)
    assert step.min_ready_seconds == 5


def test_nothing_is_left_to_do_when_all_is_as_wanted() -> None:
    assert next_step(deployment(revision=1), generations(replica_set("web:1", 3)), old_pods_run=False) is None


def test_history_is_cut_only_when_the_rollout_is_complete() -> None:
    under_way = generations(replica_set("web:2", 3, available=2, revision=2), replica_set("web:1", 0))
    complete = generations(replica_set("web:2", 3, revision=2), replica_set("web:1", 0))
    wanted = deployment("web:2", revision=2, revisionHistoryLimit=0)
    assert next_step(wanted, under_way, old_pods_run=False) is None
    assert next_step(wanted, complete, old_pods_run=False) == Forget((complete.old[0],))


def test_recreate_ends_all_old_pods_before_it_makes_new_ones() -> None:
    wanted = deployment("web:2", revision=1, strategy=RECREATE)
    assert sizes(next_step(wanted, generations(None, replica_set("web:1", 3, most=3)), old_pods_run=True)) == {"web-1": 0}
    emptied = generations(None, replica_set("web:1", 0, most=3))
    assert next_step(wanted, emptied, old_pods_run=True) is None
    step = next_step(wanted, emptied, old_pods_run=False)
    assert isinstance(step, Create)
    assert step.replica_set["spec"]["replicas"] == 3


def test_a_paused_deployment_rolls_nothing_out_but_can_be_scaled() -> None:
    present = generations(None, replica_set("web:1", 3))
    assert next_step(deployment("web:2", revision=1, paused=True), present, old_pods_run=False) is None
    assert sizes(next_step(deployment("web:2", replicas=5, revision=1, paused=True), present, old_pods_run=False)) == {"web-1": 5}


def test_scaling_comes_before_the_rollout_goes_on() -> None:
    step = next_step(deployment("web:2", replicas=5, revision=1), generations(None, replica_set("web:1", 3)), old_pods_run=False)
    assert sizes(step) == {"web-1": 5}


def test_scaling_in_the_middle_of_a_rollout_is_shared_out_in_proportion() -> None:
    """The example of the documentation: 10 replicas, maxSurge 3, maxUnavailable 2, 8 old and 5 new pods; scaled to 15, 3 go to the old and 2 to the new."""
    wanted = deployment("web:2", replicas=15, surge=3, unavailable=2, revision=2)
    old = replica_set("web:1", 8, desired=10, most=13, age=9)
    current = replica_set("web:2", 5, available=0, revision=2, desired=10, most=13)
    assert sizes(next_step(wanted, generations(current, old), old_pods_run=False)) == {"web-1": 11, "web-2": 7}


def test_scaling_to_zero_in_the_middle_of_a_rollout_empties_all() -> None:
    old, current = replica_set("web:1", 3, age=9), replica_set("web:2", 1, available=0, revision=2)
    assert sizes(next_step(deployment("web:2", replicas=0, revision=2), generations(current, old), old_pods_run=False)) == {"web-1": 0, "web-2": 0}


def test_a_size_that_is_right_already_only_gets_its_note_corrected() -> None:
    """Otherwise the Deployment would count as being scaled for ever."""
    step = next_step(deployment(replicas=3, revision=1), generations(replica_set("web:1", 3, desired=2)), old_pods_run=False)
    assert isinstance(step, Scale)
    assert [change.changes_size for change in step.changes] == [False]
