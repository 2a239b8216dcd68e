"""What GitHub told nobody about is started all the same, and nothing twice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.errors import SlipwayError, TemporarilyUnavailable
from slipway.ports import FailedDelivery, KnownRef, LastPush, PushedRef, Receipt
from slipway.steps.catch_up import MOST_AT_ONCE, SETTLED_SECONDS, CodeHost, catch_up, follow, redeliver
from tests.fakes.code_host import FakeChangedRefs
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows

REPOSITORY, MAIN = "acme/sample-app", "refs/heads/main"
START = {MAIN: GOOD, "refs/heads/feature": GOOD}
AT = int(NOW.timestamp())
EARLIER = AT - 3600


def host(plane: ControlPlane) -> CodeHost:
    return CodeHost(
        plane.configurations.read(), plane.deliveries, plane.delivery_log, plane.changed_refs, plane.commits, plane.refs, plane.workflows
    )  # fmt: skip


def known(refs: Mapping[str, str] = START) -> ControlPlane:
    """A repository whose refs were last looked at an hour ago, and haven't changed since."""
    plane = ControlPlane()
    plane.refs.baseline(REPOSITORY, refs, EARLIER)
    plane.changed_refs.refs[REPOSITORY] = dict(refs)
    return plane


def change(plane: ControlPlane, **refs: str) -> None:
    """`heads_main="..."`, since a keyword has no slashes."""
    plane.changed_refs.refs[REPOSITORY] |= {f"refs/{name.replace('_', '/', 1)}": target for name, target in refs.items()}


def started(plane: ControlPlane) -> list[Mapping[str, object]]:
    assert isinstance(plane.workflows, FakeWorkflows)
    return list(plane.workflows.started.values())


class Unavailable(FakeWorkflows):
    """Step Functions that doesn't answer."""

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        raise TemporarilyUnavailable("Step Functions doesn't answer")


# Refs that changed without an event


def test_a_repository_that_is_seen_for_the_first_time_starts_nothing() -> None:
    plane = ControlPlane()
    plane.changed_refs.refs[REPOSITORY] = dict(START)
    assert follow(host(plane), REPOSITORY, NOW) == (f"{REPOSITORY} is remembered with 2 branches and tags",)
    assert plane.refs.known(REPOSITORY) == {ref: KnownRef(target, AT - SETTLED_SECONDS) for ref, target in START.items()}
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)


def test_an_event_that_was_under_way_at_the_first_look_still_counts_and_one_of_long_ago_does_not() -> None:
    plane = ControlPlane()
    plane.changed_refs.refs[REPOSITORY] = dict(START)
    follow(host(plane), REPOSITORY, NOW)
    old, fresh = PushedRef(REPOSITORY, MAIN, BAD, BETTER, AT - 3600), PushedRef(REPOSITORY, MAIN, BETTER, GOOD, AT - 2)
    assert [plane.deliveries.receive(str(push.at), "run-1", push, NOW) for push in (old, fresh)] == [Receipt.OVERTAKEN, Receipt.GO_ON]


def test_a_push_of_five_tags_starts_five_runs_once() -> None:
    plane = known()
    tags = {f"v1.{number}.0": f"{number + 1}" * 40 for number in range(5)}
    change(plane, **{f"tags_{name}": target for name, target in tags.items()})
    assert len(follow(host(plane), REPOSITORY, NOW)) == 5
    assert follow(host(plane), REPOSITORY, NOW) == ()
    assert {(run["ref"], run["commit"], run["service"]) for run in started(plane)} == {
        (f"refs/tags/{name}", target, "sample-app") for name, target in tags.items()
    }


def test_of_very_many_tags_some_are_started_at_each_look() -> None:
    plane = known()
    change(plane, **{f"tags_v1.{number}.0": f"{number:040x}" for number in range(1, MOST_AT_ONCE + 4)})
    assert follow(host(plane), REPOSITORY, NOW)[-1] == "there is more to do, which is left to the next time"
    assert len(started(plane)) == MOST_AT_ONCE
    assert len(follow(host(plane), REPOSITORY, NOW)) == 3
    assert follow(host(plane), REPOSITORY, NOW) == ()


def test_nothing_is_begun_when_the_time_is_up() -> None:
    plane = known()
    change(plane, **{"tags_v1.0.0": BETTER})
    follow(replace(host(plane), time_is_up=lambda: True), REPOSITORY, NOW)
    assert not started(plane)
    follow(host(plane), REPOSITORY, NOW)
    assert len(started(plane)) == 1


def test_an_annotated_tag_releases_the_commit_that_it_leads_to_and_a_tag_of_something_else_nothing() -> None:
    plane = known()
    plane.changed_refs.tags = {BETTER: GOOD, BAD: ""}
    change(plane, **{"tags_v1.0.0": BETTER, "tags_v2.0.0": BAD})
    follow(host(plane), REPOSITORY, NOW)
    assert [(run["ref"], run["commit"]) for run in started(plane)] == [("refs/tags/v1.0.0", GOOD)]
    assert (plane.refs.known(REPOSITORY) or {})["refs/tags/v2.0.0"] == KnownRef(BAD, AT)


def test_the_run_says_who_pushed_and_when_where_the_code_host_knows() -> None:
    plane = known()
    pushed_at = NOW - timedelta(minutes=4)
    plane.changed_refs.pushes[MAIN, BETTER] = LastPush("ada", pushed_at)
    change(plane, heads_main=BETTER, heads_develop=BAD)
    follow(host(plane), REPOSITORY, NOW)
    assert [(run["pusher"], run["by"], run["asked_at"]) for run in started(plane)] == [("ada", "ada", pushed_at.isoformat()), ("", "", NOW.isoformat())]


def test_a_branch_that_nobody_follows_is_remembered_and_starts_nothing() -> None:
    plane = known()
    change(plane, heads_feature=BETTER, heads_another=BETTER)
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)
    assert (plane.refs.known(REPOSITORY) or {})["refs/heads/another"] == KnownRef(BETTER, AT)


def test_a_branch_that_is_followed_from_now_on_was_not_pushed() -> None:
    plane = known()
    target = plane.configurations.configuration.services["sample-app"]
    dev = replace(target.targets["dev"], on=replace(target.targets["dev"].on, branches=("feature",)))
    services = {"sample-app": replace(target, targets={**target.targets, "dev": dev})}
    plane.configurations.configuration = replace(plane.configurations.configuration, services=services)
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)


def test_a_push_that_the_webhook_has_seen_is_not_started_again() -> None:
    plane = known()
    plane.deliveries.receive("guid", "run-1", PushedRef(REPOSITORY, MAIN, GOOD, BETTER, AT - 600), NOW)
    change(plane, heads_main=BETTER)
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)


def test_the_event_that_comes_after_all_starts_nothing() -> None:
    plane = known()
    change(plane, heads_main=BETTER)
    follow(host(plane), REPOSITORY, NOW)
    late = PushedRef(REPOSITORY, MAIN, GOOD, BETTER, AT - 10)
    assert plane.deliveries.receive("late", "run-1", late, NOW) is Receipt.OVERTAKEN
    assert len(started(plane)) == 1


def test_an_event_that_comes_while_we_look_is_left_to_the_webhook() -> None:
    plane = known()

    class Meanwhile(FakeChangedRefs):
        def commit(self, repository: str, ref: str, target: str) -> str:
            plane.deliveries.receive("guid", "run-1", PushedRef(REPOSITORY, MAIN, GOOD, BETTER, AT - 10), NOW)
            return target

    plane.changed_refs = Meanwhile({REPOSITORY: {**START, MAIN: BETTER}})
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)


def test_a_ref_that_the_code_host_shows_as_it_was_a_moment_ago_is_left_alone() -> None:
    plane = known()
    plane.deliveries.receive("guid", "run-1", PushedRef(REPOSITORY, MAIN, GOOD, BETTER, AT - 10), NOW)
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)
    plane.changed_refs.at = NOW + timedelta(minutes=5)
    follow(host(plane), REPOSITORY, NOW)
    assert [run["commit"] for run in started(plane)] == [GOOD]


def test_a_crash_between_remembering_and_starting_is_made_good_by_the_next_look_under_the_same_name() -> None:
    plane = known()
    change(plane, heads_main=BETTER)
    working, plane.workflows = plane.workflows, Unavailable()
    with pytest.raises(TemporarilyUnavailable):
        follow(host(plane), REPOSITORY, NOW)
    plane.workflows = working
    plane.changed_refs.at = NOW + timedelta(minutes=5)
    [first] = follow(host(plane), REPOSITORY, NOW)
    assert len(started(plane)) == 1 and follow(host(plane), REPOSITORY, NOW) == ()

    again = known()
    change(again, heads_main=BETTER)
    assert follow(host(again), REPOSITORY, NOW) == (first,)


def test_a_start_that_was_cut_short_is_dropped_when_a_newer_push_is_known() -> None:
    plane = known()
    change(plane, heads_main=BETTER)
    working, plane.workflows = plane.workflows, Unavailable()
    with pytest.raises(TemporarilyUnavailable):
        follow(host(plane), REPOSITORY, NOW)
    plane.workflows = working
    plane.deliveries.receive("guid", "run-1", PushedRef(REPOSITORY, MAIN, BETTER, BAD, AT + 60), NOW)
    plane.changed_refs.at = NOW + timedelta(minutes=5)
    change(plane, heads_main=BAD)
    assert follow(host(plane), REPOSITORY, NOW) == () and not started(plane)


def test_a_push_whose_delivery_may_come_again_is_left_to_its_event_once() -> None:
    plane = known()
    change(plane, heads_main=BETTER)
    plane.delivery_log.failures = [failed(2)]
    assert follow(host(plane), REPOSITORY, NOW) == () and (plane.refs.known(REPOSITORY) or {})[MAIN].target == GOOD
    redeliver(host(plane), NOW)
    assert plane.delivery_log.redelivered == ["guid"]
    plane.delivery_log.failures = [failed(2, attempts=2)]
    assert len(follow(host(plane), REPOSITORY, NOW)) == 1


@pytest.mark.parametrize("minutes", [29, 31])
def test_a_delivery_that_nobody_sends_again_holds_nothing_up_for_ever(minutes: int) -> None:
    plane = known()
    change(plane, heads_main=BETTER)
    plane.delivery_log.failures = [failed(minutes)]
    assert len(follow(host(plane), REPOSITORY, NOW)) == (minutes > 30)


def test_a_delivery_that_was_answered_too_late_holds_nothing_up() -> None:
    plane = known()
    change(plane, heads_develop=BETTER)
    plane.deliveries.receive("guid", "run-1", PushedRef(REPOSITORY, MAIN, BAD, GOOD, AT), NOW)
    plane.deliveries.started("guid")
    plane.delivery_log.failures = [failed(2)]
    assert len(follow(host(plane), REPOSITORY, NOW)) == 1


def test_a_deleted_branch_is_forgotten_and_new_when_it_comes_back() -> None:
    plane = known()
    del plane.changed_refs.refs[REPOSITORY][MAIN]
    follow(host(plane), REPOSITORY, NOW)
    assert MAIN not in (plane.refs.known(REPOSITORY) or {})
    change(plane, heads_main=GOOD)
    follow(host(plane), REPOSITORY, NOW)
    assert len(started(plane)) == 1


@pytest.mark.parametrize(("files", "runs"), [(["docs/readme.md"], 0), (["service/app.py"], 1), (None, 1)])
def test_a_push_that_touches_nothing_of_a_service_starts_nothing_for_it(files: list[str] | None, runs: int) -> None:
    plane = known()
    services = plane.configurations.configuration.services
    narrowed = {name: replace(service, paths=("service/**",)) for name, service in services.items()}
    plane.configurations.configuration = replace(plane.configurations.configuration, services=narrowed)
    plane.commits.files = files
    change(plane, heads_main=BETTER)
    follow(host(plane), REPOSITORY, NOW)
    assert len(started(plane)) == runs
    assert plane.commits.asked == [(REPOSITORY, GOOD, BETTER)]


def test_a_repository_that_nobody_has_connected_is_left_alone() -> None:
    plane = ControlPlane()
    assert follow(host(plane), REPOSITORY, NOW) == () and plane.refs.known(REPOSITORY) is None


def test_one_ref_that_cannot_be_asked_about_keeps_no_other_from_being_started() -> None:
    plane = known()

    class Broken(FakeChangedRefs):
        def commit(self, repository: str, ref: str, target: str) -> str:
            if ref == "refs/tags/v1.0.0":
                raise TemporarilyUnavailable("GitHub doesn't answer")
            return target

    plane.changed_refs = Broken({REPOSITORY: {**START, "refs/tags/v1.0.0": BETTER, "refs/tags/v1.1.0": BETTER}})
    with pytest.raises(TemporarilyUnavailable, match=r"GitHub doesn't answer; started .*v1-1-0"):
        follow(host(plane), REPOSITORY, NOW)
    assert [run["ref"] for run in started(plane)] == ["refs/tags/v1.1.0"]


def test_each_repository_is_looked_at_by_itself() -> None:
    plane = known()
    plane.changed_refs.unreachable.add(REPOSITORY)
    outcomes = {}
    for what, look in catch_up(host(plane), NOW):
        try:
            outcomes[what] = str(look())
        except SlipwayError as error:
            outcomes[what] = type(error).__name__
    assert outcomes == {"the failed deliveries": "()", f"the branches and tags of {REPOSITORY}": "TemporarilyUnavailable"}


# Deliveries that failed


def failed(minutes: float, attempts: int = 1, guid: str = "guid") -> FailedDelivery:
    return FailedDelivery(1, guid, NOW - timedelta(minutes=minutes), attempts)


@pytest.mark.parametrize(
    ("minutes", "attempts", "asked"),
    [(0.9, 1, False), (1, 1, True), (14, 2, False), (15, 2, True), (60, 3, True), (240, 4, True), (959, 5, False), (960, 5, True), (4000, 6, False)],
)
def test_a_failed_delivery_is_asked_for_again_after_longer_and_longer_pauses_and_not_for_ever(minutes: float, attempts: int, asked: bool) -> None:
    plane = ControlPlane()
    plane.delivery_log.failures = [failed(minutes, attempts)]
    redeliver(host(plane), NOW)
    assert plane.delivery_log.redelivered == (["guid"] if asked else [])


def test_a_delivery_whose_run_was_started_is_not_asked_for_again() -> None:
    plane = ControlPlane()
    plane.delivery_log.failures = [failed(10, guid="answered too late"), failed(10, guid="stored only"), failed(10, guid="lost")]
    for guid in ("answered too late", "stored only"):
        plane.deliveries.receive(guid, "run-1", PushedRef(REPOSITORY, f"refs/heads/{guid}", GOOD, BETTER, AT), NOW)
    plane.deliveries.started("answered too late")
    assert len(redeliver(host(plane), NOW)) == 2
    assert plane.delivery_log.redelivered == ["stored only", "lost"]


def test_what_github_has_forgotten_is_not_asked_for() -> None:
    plane = ControlPlane()
    plane.delivery_log.failures = [failed(3 * 24 * 60 + 1)]
    assert redeliver(host(plane), NOW) == ()


def test_one_delivery_that_cannot_be_asked_for_keeps_no_other_from_it() -> None:
    plane = ControlPlane()
    plane.delivery_log.failures, plane.delivery_log.refused = [failed(11, guid="first"), failed(10, guid="second")], 1
    with pytest.raises(TemporarilyUnavailable, match=r"GitHub asks to wait; asked for delivery second again"):
        redeliver(host(plane), NOW)
