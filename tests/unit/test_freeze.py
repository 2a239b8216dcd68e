"""Freeze windows in local time: their edges, their ends, and the days on which the clock is changed."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.domain.freeze import Dates, Frozen, Weekly, look

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MON, FRI, SAT, SUN = 0, 4, 5, 6
WEEKEND = Weekly(BERLIN, frozenset({SAT, SUN}))
FRIDAY_EVENING = Weekly(BERLIN, frozenset({FRI}), 16 * 60, 24 * 60)
HOLIDAYS = Dates(BERLIN, date(2026, 12, 20), date(2027, 1, 2))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ends(frozen: Frozen | None) -> datetime | None:
    return frozen.until.astimezone(UTC) if frozen is not None and frozen.until is not None else None


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        (WEEKEND, "2026-11-27 22:59:59", None),
        (WEEKEND, "2026-11-27 23:00", "2026-11-29 23:00"),
        (WEEKEND, "2026-11-29 22:59:59", "2026-11-29 23:00"),
        (WEEKEND, "2026-11-29 23:00", None),
        (FRIDAY_EVENING, "2026-11-27 14:59", None),
        (FRIDAY_EVENING, "2026-11-27 15:00", "2026-11-27 23:00"),
        (HOLIDAYS, "2026-12-19 22:59", None),
        (HOLIDAYS, "2026-12-19 23:00", "2027-01-02 23:00"),
        (HOLIDAYS, "2027-01-02 22:59", "2027-01-02 23:00"),
        (HOLIDAYS, "2027-01-02 23:00", None),
    ],
)
def test_a_window_begins_and_ends_at_local_times(window: Weekly | Dates, now: str, end: str | None) -> None:
    assert ends(look([window], utc(now))) == (utc(end) if end else None)


def test_windows_that_follow_each_other_end_as_one() -> None:
    assert ends(look([FRIDAY_EVENING, WEEKEND], utc("2026-11-27 15:30"))) == utc("2026-11-29 23:00")


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = Weekly(BERLIN, frozenset({FRI}), 22 * 60, 6 * 60)
    assert ends(look([night], utc("2026-11-28 04:59"))) == utc("2026-11-28 05:00")
    assert look([night], utc("2026-11-27 04:00")) is None  # the night from Thursday


def test_the_end_is_told_in_the_zone_of_the_window_that_ends_last() -> None:
    frozen = look([WEEKEND, Weekly(NEW_YORK, frozenset({SUN}))], utc("2026-11-29 12:00"))
    assert frozen is not None and str(frozen.until) == "2026-11-30 00:00:00-05:00"


@pytest.mark.parametrize(
    ("sunday", "begins", "end"),
    [
        ("the clock goes forward: 23 hours", "2026-03-28 23:00", "2026-03-29 22:00"),
        ("the clock goes back: 25 hours", "2026-10-24 22:00", "2026-10-25 23:00"),
    ],
)
def test_a_day_is_frozen_as_a_whole_when_the_clock_is_changed(sunday: str, begins: str, end: str) -> None:
    window = Weekly(BERLIN, frozenset({SUN}))
    assert look([window], utc(begins) - timedelta(seconds=1)) is None
    assert ends(look([window], utc(begins))) == ends(look([window], utc(end) - timedelta(seconds=1))) == utc(end), sunday
    assert look([window], utc(end)) is None


def test_an_hour_that_comes_twice_is_frozen_both_times() -> None:
    """On 2026-10-25 at 3:00 the clock in Berlin goes back to 2:00: 2:30 is at 0:30 and at 1:30 UTC."""
    window = Weekly(BERLIN, frozenset({SUN}), 2 * 60 + 30, 2 * 60 + 45)
    assert ends(look([window], utc("2026-10-25 00:30"))) == ends(look([window], utc("2026-10-25 01:44"))) == utc("2026-10-25 01:45")
    assert look([window], utc("2026-10-25 00:29")) is None and look([window], utc("2026-10-25 01:45")) is None


def test_a_window_that_begins_or_ends_in_the_hour_that_is_left_out_is_rather_longer() -> None:
    """On 2026-03-29 at 2:00 (1:00 UTC) the clock in Berlin goes forward to 3:00: there is no 2:30."""
    until, since = Weekly(BERLIN, frozenset({SUN}), 60, 2 * 60 + 30), Weekly(BERLIN, frozenset({SUN}), 2 * 60 + 30, 4 * 60)
    assert ends(look([until], utc("2026-03-29 00:30"))) == utc("2026-03-29 01:30")
    assert ends(look([since], utc("2026-03-29 01:00"))) == utc("2026-03-29 02:00")


def test_a_freeze_without_a_gap_has_no_end() -> None:
    assert look([Weekly(BERLIN, frozenset(range(7)))], utc("2026-11-27 12:00")) == Frozen(None)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(Weekly, st.sampled_from([BERLIN, NEW_YORK]), st.frozensets(st.integers(0, 6)), st.integers(0, 1439), st.integers(1, 1440)),
        max_size=4,
    ).filter(lambda windows: all(window.start != window.end for window in windows)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
)
def test_a_freeze_lasts_until_the_moment_that_it_names_and_not_longer(windows: list[Weekly], now: datetime) -> None:
    frozen = look(windows, now)
    if frozen is None or frozen.until is None:
        return
    assert frozen.until > now
    assert look(windows, frozen.until) is None
    before = look(windows, frozen.until.astimezone(UTC) - timedelta(microseconds=1))
    assert before is not None and before.until == frozen.until


def test_zones_are_known_where_the_system_has_no_data_of_them() -> None:
    """As in a Lambda runtime without them: the package `tzdata` is among what the functions import."""
    program = "from slipway.adapters.configuration.zones import zone; print(zone('Europe/Berlin'))"
    environment = {**os.environ, "PYTHONTZPATH": "", "PYTHONPATH": "functions"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "Europe/Berlin", done.stderr
