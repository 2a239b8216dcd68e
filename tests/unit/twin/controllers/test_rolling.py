"""The arithmetic of rolling updates, after https://kubernetes.io/docs/concepts/workloads/controllers/deployment/."""

import itertools

import pytest

from tests.unit.twin.controllers.objects import deployment
from twin.cluster.controllers.deployment.bounds import Bounds, bounds_of
from twin.cluster.controllers.deployment.rolling import Size, rolled


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (3, "25%", "25%", Bounds(3, 1, 0)),  # up, and down
        (10, "25%", "25%", Bounds(10, 3, 2)),
        (10, "30%", "30%", Bounds(10, 3, 3)),
        (4, 1, 0, Bounds(4, 1, 0)),
        (4, 0, "25%", Bounds(4, 0, 1)),
        (3, "0%", "25%", Bounds(3, 0, 1)),  # both would be 0
        (2, 0, 5, Bounds(2, 0, 2)),  # no more than there are
        (0, "25%", "25%", Bounds(0, 0, 0)),
        (200, "7%", "7%", Bounds(200, 14, 14)),
    ],
)
def test_percentages_are_of_the_wanted_replicas_and_round_in_favour_of_availability(
    replicas: int, surge: int | str, unavailable: int | str, expected: Bounds
) -> None:
    assert bounds_of(deployment(replicas=replicas, surge=surge, unavailable=unavailable)) == expected


def test_recreate_tolerates_no_missing_pod_when_it_judges_availability() -> None:
    assert bounds_of(deployment(strategy={"type": "Recreate"})) == Bounds(3, 0, 0)


@pytest.mark.parametrize(
    ("why", "bounds", "current", "old", "expected"),
    [
        ("a first rollout is made at full size", Bounds(3, 1, 0), Size(0), [], (3, [])),
        ("a surge comes before anything is taken away", Bounds(3, 1, 0), Size(0), [Size(3, 3)], (1, [3])),
        ("a new pod that isn't available takes nothing away", Bounds(3, 1, 0), Size(1, 0), [Size(3, 3)], (1, [3])),
        ("an available new pod frees one old pod", Bounds(3, 1, 0), Size(1, 1), [Size(3, 3)], (1, [2])),
        ("the room it leaves is for the next new pod", Bounds(3, 1, 0), Size(1, 1), [Size(2, 2)], (2, [2])),
        ("the last old pod goes with the last new one", Bounds(3, 1, 0), Size(3, 3), [Size(1, 1)], (3, [0])),
        ("unavailable pods make room without a surge", Bounds(4, 0, 1), Size(0), [Size(4, 4)], (0, [3])),
        ("and then the new one takes it", Bounds(4, 0, 1), Size(0), [Size(3, 4)], (1, [3])),
        ("surge and unavailable work together", Bounds(10, 3, 2), Size(0), [Size(10, 10)], (3, [8])),
        ("a large step is possible", Bounds(10, 3, 2), Size(5, 5), [Size(8, 8)], (5, [3])),
        ("broken old pods go first, at once", Bounds(3, 1, 0), Size(1, 0), [Size(1, 0), Size(3, 3)], (1, [0, 3])),
        ("broken ones of the youngest too", Bounds(3, 1, 0), Size(0), [Size(3, 3), Size(1, 0)], (0, [3, 0])),
        ("broken ones before working ones of an older set", Bounds(4, 0, 1), Size(0), [Size(2, 2), Size(2, 1)], (0, [2, 1])),
        ("nothing goes while too few are available", Bounds(3, 1, 0), Size(1, 0), [Size(3, 2)], (1, [3])),
        ("a rollout that never worked is replaced within its bounds", Bounds(3, 1, 0), Size(0), [Size(3, 0)], (1, [3])),
        ("a back-roll keeps what works", Bounds(3, 1, 0), Size(3, 3), [Size(1, 0)], (3, [0])),
        ("too many new pods are cut", Bounds(2, 1, 0), Size(5, 5), [], (2, [])),
        ("old pods go before the new set is full", Bounds(3, 1, 0), Size(2, 2), [Size(2, 2)], (2, [1])),
        ("scaling to nothing empties all", Bounds(0, 0, 0), Size(2, 2), [Size(3, 3)], (0, [0])),
        ("a status from before a scale-down isn't believed", Bounds(10, 3, 2), Size(3, 1), [Size(8, 10)], (5, [7])),
        ("several old sets are emptied oldest first", Bounds(4, 1, 1), Size(3, 3), [Size(1, 1), Size(1, 1)], (3, [0, 0])),
        ("several old sets, with room for one", Bounds(4, 1, 0), Size(3, 3), [Size(1, 1), Size(1, 1)], (3, [0, 1])),
    ],
)
def test_one_step(why: str, bounds: Bounds, current: Size, old: list[Size], expected: tuple[int, list[int]]) -> None:
    assert rolled(bounds, current, old) == expected, why


@pytest.mark.parametrize(("replicas", "surge", "unavailable"), [*itertools.product((1, 2, 3, 7), (0, 1, 3), (0, 1, 2))])
def test_a_rollout_ends_and_stays_within_its_bounds(replicas: int, surge: int, unavailable: int) -> None:
    bounds = bounds_of(deployment(replicas=replicas, surge=surge, unavailable=unavailable))
    current, old = Size(0), [Size(replicas, replicas)]
    for _ in range(4 * replicas + 4):
        new_size, (old_size,) = rolled(bounds, current, old)
        available = min(current.available, new_size) + min(old[0].available, old_size)
        assert new_size + old_size <= bounds.most
        assert available >= bounds.fewest_available
        # One more new pod becomes available before the next look.
        current, old = Size(new_size, min(new_size, current.available + 1)), [Size(old_size, min(old_size, old[0].available))]
    assert (current.replicas, old[0].replicas) == (replicas, 0)
