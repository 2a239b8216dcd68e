"""The table at the end: everything that was done, on a terminal of 80 columns."""

from dataclasses import replace

import pytest
from rich.console import Console

from tests.unit.twin.demo_facts import SEEN, STEPS, TRAFFIC
from twin.demo.facts import Durations, FailedRequest, Traffic
from twin.demo.story import story
from twin.demo.summary import outcome, table, traffic_line


def printed(titles: list[str]) -> list[str]:
    slow = Durations(gate=10.1, build=15.2, helm=10.3, pods=10.4)
    steps = tuple(replace(STEPS[index % len(STEPS)], title=title, durations=slow, ended_at=90_000.0) for index, title in enumerate(titles))
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table(replace(SEEN, steps=steps)))
    return capture.get().splitlines()


def test_it_fits_80_columns_with_nothing_cut_off() -> None:
    titles = [step.title for step in story()]
    lines = printed(titles)
    assert max(len(line) for line in lines) <= 80
    assert not [line for line in lines if "\N{HORIZONTAL ELLIPSIS}" in line]
    for title in titles:
        assert any(f". {title} " in line for line in lines), title


@pytest.mark.parametrize(
    ("number", "shown"), [(2, "live"), (3, "rolled-back"), (5, "refused"), (11, "live, held"), (12, "refused"), (13, "rejected"), (14, "resumed")]
)
def test_each_step_shows_what_became_of_it(number: int, shown: str) -> None:
    assert [outcome(step) for step in STEPS if step.number == number] == [shown]


def test_an_environments_users_have_a_line_each() -> None:
    assert traffic_line(TRAFFIC[1], SEEN) == "stage: 530 requests at 25.0/s, none lost."
    assert traffic_line(TRAFFIC[0], SEEN) == "dev: 1030 requests at 25.0/s, 1 lost; 1 of them are explained by step 4, which answers 500 until it is undone."
    lost = Traffic("prod", 280, 250, 10, (FailedRequest("prod", 1105.0, "503"),))
    assert traffic_line(lost, SEEN) == "prod: 280 requests at 25.0/s, 1 lost; 0 of them are explained."
