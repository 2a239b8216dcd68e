"""What approvers are shown, and when nobody can be asked at all."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from slipway.domain.deployment import Deployment
from slipway.domain.history import HealthyRelease
from slipway.domain.plain_text import REPLACEMENT
from slipway.domain.plan import MOST_COMMITS, MOST_MANUAL_CHANGES, PassedCheck, PlanDocument, PlannedCommit, Ran
from slipway.domain.release import Release, ReleaseState
from slipway.errors import TemporarilyUnavailable
from slipway.ports import CommitInfo
from slipway.steps.new_commits import LONGEST_MESSAGE
from slipway.steps.plan_document import DELETED, Refused, plan_document
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane

DEPLOYMENT = Deployment("to-prod", "run", "sample-app", "prod", BETTER, "arn:to-prod", version="v1.1.0", pusher="linus-t")
RELEASE = Release("sample-app", BETTER, ReleaseState.READY, "build", f"sha256:{BETTER}", f"sha256:{BETTER}")


@pytest.fixture
def plane() -> ControlPlane:
    return ControlPlane()


def made(plane: ControlPlane, deployment: Deployment = DEPLOYMENT, in_round: int = 1) -> PlanDocument | Refused:
    configuration = plane.configurations.read()
    rule = configuration.services["sample-app"].targets["prod"].approval
    assert rule is not None
    names = ("environments", "registry", "bundles", "clusters", "commits", "gate_reports")
    ports: dict[str, Any] = {name: getattr(plane, name) for name in names}
    pushers = plane.releases.pushers("sample-app", BETTER)
    return plan_document(deployment, RELEASE, rule, GOOD, pushers=pushers, in_round=in_round, configuration=configuration, **ports)


def document(plane: ControlPlane, **more: Any) -> PlanDocument:
    made_so = made(plane, **more)
    assert isinstance(made_so, PlanDocument), made_so
    return made_so


def commit(number: int, author: str = "", committer: str = "", message: str = "a change", name: str = "Somebody") -> CommitInfo:
    return CommitInfo(f"{number:040x}", message, name, author, committer)


def test_commits_are_listed_newest_first_and_the_older_ones_counted(plane: ControlPlane) -> None:
    plane.commits.new = [commit(number) for number in range(MOST_COMMITS + 5)]
    commits = document(plane).commits
    assert plane.commits.asked == [("acme/sample-app", GOOD, BETTER)]
    assert [listed.commit for listed in commits.listed] == [f"{number:040x}" for number in range(MOST_COMMITS + 4, 4, -1)]
    assert (commits.more, commits.unknown, commits.notes) == (5, "", ())


def test_hostile_commit_text_is_one_short_line(plane: ControlPlane) -> None:
    plane.commits.new = [commit(1, "ada-l", message="\n\nfirst\x1b[2J\u202e" + "x" * 500 + "\nsecond", name="Eve\r\nBcc: x" + "y" * 500)]
    [listed] = document(plane).commits.listed
    assert "second" not in listed.message and listed.message.startswith(f"first{REPLACEMENT}") and len(listed.message) == LONGEST_MESSAGE
    assert listed.message.isprintable() and listed.author.isprintable() and listed.author.endswith("… (ada-l)")


def test_who_is_known_only_by_login_or_not_at_all_still_has_a_name(plane: ControlPlane) -> None:
    plane.commits.new = [commit(1, "ada-l", name=""), commit(2, "", name="", message="")]
    assert document(plane).commits.listed == (PlannedCommit(f"{2:040x}", "somebody", ""), PlannedCommit(f"{1:040x}", "ada-l", "a change"))


def test_github_that_does_not_answer_is_said_and_stops_nobody(plane: ControlPlane) -> None:
    plane.commits.unreachable = True
    made_so = document(plane)
    assert made_so.commits.unknown == "GitHub didn't answer" and made_so.contributors == ()
    plane.commits.unreachable, plane.commits.unknown = False, {BETTER}
    assert "has no commit" in document(plane).commits.unknown


def test_authors_and_committers_of_what_is_new_lose_their_vote(plane: ControlPlane) -> None:
    plane.commits.new = [commit(1, "Ada", "web-flow"), commit(2, "rms", "rms")]
    made_so = document(plane)
    assert made_so.contributors == ("Ada", "web-flow", "rms")
    assert (made_so.required, made_so.approvers) == (1, ("grace",))


def test_when_too_few_are_left_the_refusal_says_who_is_excluded_and_why(plane: ControlPlane) -> None:
    plane.commits.new = [commit(1, "somebody", "ADA")]
    refused = made(plane, replace(DEPLOYMENT, pusher="Grace"))
    assert refused == Refused(
        "prod needs 1 approval, and of its approvers nobody may decide: ada had a part in what would go live (as author, committer or earlier pusher), "
        "grace asked for this release."
    )
    plane.configurations.change_approval("prod", self_approval=True)
    assert isinstance(made(plane, replace(DEPLOYMENT, pusher="Grace")), PlanDocument)


def test_an_author_is_no_substitute_for_an_unknown_pusher(plane: ControlPlane) -> None:
    plane.commits.new = [commit(1, "rms", "rms")]
    refused = made(plane, replace(DEPLOYMENT, pusher=""))
    assert refused == Refused(
        "prod wants somebody else than the pusher to decide, and nobody knows which person pushed this (a bot or a deploy key is none). "
        "Push it again as a person, a tag by itself, or bring it to prod with slipway deploy."
    )


def test_an_author_whom_the_code_host_does_not_know_is_known_by_the_address(plane: ControlPlane) -> None:
    plane.commits.new = [replace(commit(1), addresses=("ADA@example.com", "linus@example.com", "stranger@example.com"))]
    made_so = document(plane)
    assert (made_so.contributors, made_so.approvers) == (("ada",), ("grace",))


def test_whoever_pushed_the_same_commit_before_loses_their_vote(plane: ControlPlane) -> None:
    for login in ("Ada", "linus-t"):
        plane.releases.remember_pusher("sample-app", BETTER, login)
    plane.releases.remember_pusher("sample-app", GOOD, "grace")
    made_so = document(plane)
    assert (made_so.contributors, made_so.approvers) == (("Ada",), ("grace",))


def test_commits_without_a_message_and_a_name_are_commits_all_the_same(plane: ControlPlane) -> None:
    plane.commits.new = [commit(1, message="", name="")]
    commits = document(plane).commits
    assert (commits.unknown, commits.listed) == ("", (PlannedCommit(f"{1:040x}", "somebody", ""),))
    plane.commits.new = ()
    assert document(plane).commits.unknown == "no GitHub App is connected to the repository"


def test_nobody_is_asked_while_it_is_not_known_who_wrote_a_part_of_it(plane: ControlPlane) -> None:
    plane.commits.new, plane.commits.omitted = [commit(number) for number in range(3)], 7
    assert made(plane) == Refused(
        "prod wants somebody else than the authors to decide, and so much is new that only the newest 3 commits could be read: who wrote the 7 older ones "
        "isn't known. Bring an earlier release there first, so that fewer commits are new, or let slipway.yaml allow self_approval for this deployment."
    )


def test_where_authors_may_decide_what_was_not_read_is_said(plane: ControlPlane) -> None:
    plane.configurations.change_approval("prod", self_approval=True)
    plane.commits.new, plane.commits.omitted = [commit(number) for number in range(MOST_COMMITS + 5)], 1
    commits = document(plane).commits
    assert (commits.more, commits.notes) == (6, (f"Only the newest {MOST_COMMITS + 5} commits were read; who wrote the older one isn't known.",))


def test_commits_that_run_there_and_would_not_any_more_are_counted(plane: ControlPlane) -> None:
    plane.commits.new, plane.commits.lost = [commit(1)], 1
    assert document(plane).commits.notes == ("1 commit that runs there is not in it.",)
    plane.commits.lost = 3
    assert document(plane).commits.notes == ("3 commits that run there are not in it.",)


def test_a_history_that_has_nothing_to_do_with_what_runs_is_said_to_be_so(plane: ControlPlane) -> None:
    plane.commits.new, plane.commits.related = [commit(1), commit(2)], False
    [note] = document(plane).commits.notes
    assert note == "What runs there and this commit have no history in common, as far as GitHub knows: everything in it is new."
    plane.commits.omitted = 1
    refused = made(plane)
    assert isinstance(refused, Refused) and "who wrote the older ones isn't known" in refused.reason


def test_manual_changes_are_read_from_the_live_objects(plane: ControlPlane) -> None:
    entry = {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-24T11:00:00Z", "fieldsV1": {"f:data": {"f:commit": {}}}}
    plane.clusters.live_objects["ConfigMap/app"] = {"metadata": {"name": "app", "managedFields": [entry]}, "data": {"commit": "by hand"}}
    [change] = document(plane).manual_changes.listed
    assert (change.object, change.field, change.manager) == ("ConfigMap/app", "data.commit", "kubectl-edit")


def test_many_manual_changes_are_counted(plane: ControlPlane) -> None:
    entry = {"manager": "kubectl-edit", "fieldsV1": {"f:data": {"f:commit": {}}}}
    plane.clusters.live_objects["ConfigMap/app"] = {"metadata": {"managedFields": [entry] * (MOST_MANUAL_CHANGES + 3)}, "data": {"commit": "x"}}
    changes = document(plane).manual_changes
    assert (len(changes.listed), changes.more) == (MOST_MANUAL_CHANGES, 3)


def test_an_object_that_was_deleted_by_hand_is_named_and_one_that_is_new_is_not(plane: ControlPlane) -> None:
    plane.clusters.live_objects["ConfigMap/app"] = None
    assert document(plane).manual_changes.listed == (), "nothing is installed yet"
    plane.clusters.upgrade("sample-app", Path(), {}, "", GOOD)
    assert [(change.object, change.field) for change in document(plane).manual_changes.listed] == [("ConfigMap/app", DELETED)]


def test_a_cluster_that_does_not_answer_for_its_objects_is_said(plane: ControlPlane) -> None:
    plane.clusters.objects_unreachable = True
    assert document(plane).manual_changes.unknown == "the cluster didn't answer"


def test_a_chart_that_may_look_things_up_in_the_cluster_is_said_to(plane: ControlPlane) -> None:
    without = document(plane).summary
    plane.clusters.chart_looks_up = True
    assert (
        document(plane).summary
        == f"{without}; the chart may look things up in the cluster (lookup, tpl), and what it makes of them is known only when it is applied"
    )


def test_the_gates_checks_and_where_it_ran_before_are_shown(plane: ControlPlane) -> None:
    plane.gate_reports.checks["sample-app", BETTER] = (PassedCheck("pytest", 1.5),)
    until = NOW - timedelta(minutes=55)
    ran = HealthyRelease(BETTER, f"sha256:{BETTER}", ("v1.1.0",), (3,), NOW - timedelta(hours=4), until=until)
    plane.environments.releases["sample-app", "stage", BETTER] = ran
    plane.environments.releases["sample-app", "dev", BETTER] = replace(ran, digest="sha256:other bytes")
    made_so = document(plane)
    assert made_so.checks == (PassedCheck("pytest", 1.5),)
    assert made_so.ran == (Ran("dev"), Ran("stage", ran.at, until))


@pytest.mark.parametrize(
    ("ran", "told"),
    [
        (Ran("dev"), "never ran there"),
        (Ran("dev", NOW - timedelta(hours=51)), "live there since 2026-11-22 09:00 UTC, for 2 d 3 h"),
        (Ran("dev", NOW - timedelta(minutes=125)), "live there since 2026-11-24 09:55 UTC, for 2 h 5 min"),
        (Ran("dev", NOW - timedelta(seconds=50), NOW), "ran there from 2026-11-24 11:59 UTC to 2026-11-24 12:00 UTC, for less than a minute"),
    ],
)
def test_where_and_how_long_it_ran_is_said_in_words(ran: Ran, told: str) -> None:
    assert ran.told(NOW) == told


def test_a_chart_that_cannot_be_rendered_is_refused(plane: ControlPlane) -> None:
    plane.clusters.refuse_render = "execution error at deployment.yaml:3"
    assert made(plane) == Refused("The release can't be applied to prod: execution error at deployment.yaml:3")


def test_a_later_round_is_marked(plane: ControlPlane) -> None:
    assert document(plane, in_round=2).round == 2


def test_a_cluster_that_helm_cannot_reach_is_an_error(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(name: str) -> str:
        raise TemporarilyUnavailable("no cluster")

    monkeypatch.setattr(plane.clusters, "manifest", unreachable)
    with pytest.raises(TemporarilyUnavailable):
        made(plane)
