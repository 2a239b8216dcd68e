"""What an environment requires of a release, in sentences that say what to do: where it ran before and for how long, and when nothing new may come."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from slipway.domain import history, policy
from slipway.domain.deployment import Kind
from slipway.domain.environment import ApprovalRule, Target, Triggers
from slipway.domain.freeze import Dates, Weekly
from slipway.domain.history import HealthyRelease
from slipway.domain.release import Release, ReleaseState
from tests.fakes.control_plane import BETTER, GOOD, NOW

RELEASE = Release("sample-app", GOOD, ReleaseState.READY, image_digest="sha256:good")
TARGET = Target(Triggers(tags=("v*",)), ran_in="stage", ran_for=timedelta(minutes=10))
RAN = HealthyRelease(GOOD, "sha256:good", ("v1.0.0",), (1,), NOW)
ADA = ApprovalRule(("ada",))


def unmet(after: timedelta, before: HealthyRelease | None = None) -> str:
    return policy.unmet("prod", TARGET, GOOD, RELEASE, before, NOW + after)


def test_a_release_has_to_run_long_enough_and_is_told_from_when_it_may_go() -> None:
    assert unmet(timedelta(minutes=4), RAN) == (
        "prod takes only releases that ran well in stage for 10m, and aaaaaaaaaaaa runs there since 12:00:00 UTC. "
        "From 12:10:00 UTC on: slipway deploy sample-app prod --commit aaaaaaaaaaaa"
    )
    assert unmet(timedelta(minutes=10) - timedelta(seconds=1), RAN)
    assert unmet(timedelta(minutes=10), RAN) == ""


def test_a_release_that_was_replaced_too_soon_has_to_go_there_again() -> None:
    replaced = replace(RAN, until=NOW + timedelta(minutes=4))
    assert unmet(timedelta(hours=1), replaced).endswith("and aaaaaaaaaaaa was replaced there after 4m. Release it there again first.")
    assert unmet(timedelta(hours=1), replace(RAN, until=NOW + timedelta(minutes=10))) == ""


def test_the_same_commit_with_other_bytes_never_ran() -> None:
    assert "never was" in unmet(timedelta(hours=1), replace(RAN, digest="sha256:other"))
    assert "never was" in unmet(timedelta(hours=1))


def test_a_moment_of_another_day_is_told_with_its_date() -> None:
    late = replace(RAN, at=NOW + timedelta(hours=11, minutes=55))
    assert "From 2026-11-25 00:05:00 UTC on" in unmet(timedelta(hours=11, minutes=56), late)


def test_the_time_begins_anew_when_something_else_was_live_meanwhile() -> None:
    """It ran from 0:00 to 0:10, then something else, and came back at 0:20 by a push or a rollback."""
    before = history.replaced(RAN, BETTER, NOW + timedelta(minutes=10))
    assert before is not None and before.lived(NOW + timedelta(hours=1)) == timedelta(minutes=10)
    back = NOW + timedelta(minutes=20)
    for again in (before.restored(3, back), before.again("v1.0.0", 3, back, BETTER)):
        assert again.lived(NOW + timedelta(minutes=25)) == timedelta(minutes=5)


def test_the_time_goes_on_when_the_same_release_is_deployed_again() -> None:
    again = RAN.again("v1.0.1", 2, NOW + timedelta(minutes=9), GOOD)
    assert again.lived(NOW + timedelta(minutes=10)) == timedelta(minutes=10)
    assert RAN.restored(2, NOW + timedelta(minutes=9)).lived(NOW + timedelta(minutes=10)) == timedelta(minutes=10)


def test_nothing_is_replaced_by_itself_or_twice() -> None:
    assert history.replaced(RAN, GOOD, NOW) is None
    assert history.replaced(replace(RAN, until=NOW), BETTER, NOW) is None
    assert history.replaced(None, BETTER, NOW) is None


SUNDAY = NOW + timedelta(days=5)
WEEKEND = Weekly(ZoneInfo("Europe/Berlin"), frozenset({5, 6}))


def test_a_frozen_environment_says_until_when_and_what_to_do() -> None:
    frozen = Target(Triggers(), freeze=(WEEKEND,))
    assert policy.frozen("prod", frozen, NOW) == ""
    assert policy.frozen("prod", frozen, SUNDAY) == (
        "prod is frozen until Mon 2026-11-30 00:00 Europe/Berlin (23:00:00 UTC). Rollbacks aren't. "
        "Bring the release there afterwards with slipway deploy; nobody may override this."
    )
    way = policy.frozen("prod", replace(frozen, freeze_override=ApprovalRule(("ada", "grace"))), SUNDAY)
    assert way.endswith("with slipway deploy, or before with --override-freeze, which ada or grace can approve.")


@pytest.mark.parametrize("kind", [Kind.ROLLBACK, Kind.REPAIR])
def test_going_back_is_never_frozen(kind: Kind) -> None:
    assert policy.frozen("prod", Target(Triggers(), freeze=(WEEKEND,)), SUNDAY, kind) == ""


def test_an_override_needs_somebody_who_may_decide() -> None:
    frozen = Target(Triggers(), freeze=(WEEKEND,), approval=ApprovalRule(("grace",)))
    assert policy.frozen("prod", frozen, SUNDAY, Kind.OVERRIDE) == "prod has no freeze_override in slipway.yaml, so nobody may decide against its freeze."
    allowed = replace(frozen, freeze_override=ADA)
    assert policy.frozen("prod", allowed, SUNDAY, Kind.OVERRIDE) == ""
    assert (policy.approval_rule(allowed, Kind.OVERRIDE), policy.approval_rule(allowed, Kind.RELEASE)) == (ADA, ApprovalRule(("grace",)))
    assert policy.approval_rule(allowed, Kind.ROLLBACK) is policy.approval_rule(allowed, Kind.REPAIR) is None


def test_a_freeze_without_an_end_says_so() -> None:
    always = Target(Triggers(), freeze=(Dates(ZoneInfo("UTC"), date(2026, 1, 1), date(2999, 1, 1)),))
    assert policy.frozen("prod", always, NOW).startswith("prod is frozen with no end within a year.")


@pytest.mark.parametrize(("seconds", "words"), [(0, "0s"), (90, "90s"), (600, "10m"), (7200, "2h"), (172800, "2d"), (3661.9, "3661s")])
def test_durations_are_told_as_they_are_written(seconds: float, words: str) -> None:
    assert policy.in_words(timedelta(seconds=seconds)) == words
