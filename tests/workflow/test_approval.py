"""What people decide, with the real ASL and the real steps: prod wants stage to have run the release, and one of ada and grace to approve."""

from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.domain.approval import ApprovalState
from slipway.domain.environment import EnvironmentState
from slipway.ports import CommitInfo
from slipway.steps import plan
from tests.fakes.control_plane import BETTER, GOOD, NOW
from tests.workflow.conftest import Slipway

PROD = "sample-app", "prod"


def untouched(slipway: Slipway) -> bool:
    return slipway.plane.clusters.upgrades == 0 and slipway.plane.environments.state(*PROD) == EnvironmentState()


def test_an_approved_release_goes_live_and_the_plan_and_the_people_are_on_record(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    assert slipway.plane.mails.asked == [("grace", "to-prod")], "ada pushed it"
    assert untouched(slipway) and slipway.plane.leases.read(*PROD).owner == ""

    voted = slipway.vote("grace", reason="looks fine")

    assert (voted.counted, voted.state) == (True, ApprovalState.APPROVED)
    ended = slipway.machines.ended(arn)
    assert ended.output["outcome"] == "live", ended
    assert slipway.plane.environments.state(*PROD).live == GOOD
    assert slipway.plane.environments.healthy(*PROD)[0].versions == ("v1.0.0",)
    assert "1 object is added (ConfigMap/app)" in slipway.plane.plans.plans["to-prod"].summary
    assert slipway.plane.audit.entries == [
        ("grace", "approve", "DEPLOYMENT#to-prod", {"reason": "looks fine", "way": "link", "commit": GOOD, "question": "to-prod"})
    ]


def test_a_rejected_release_ends_rejected_with_the_reason_and_changes_nothing(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)

    assert slipway.vote("grace", "reject").counted is False, "a rejection needs a reason"
    assert slipway.vote("grace", "reject", "not on a Friday").counted

    ended = slipway.machines.ended(arn)
    assert ended.output == {"outcome": "rejected", "reason": "rejected by grace (not on a Friday)"}
    assert untouched(slipway)


def test_who_pushed_or_is_no_approver_or_nobody_has_no_vote(slipway: Slipway) -> None:
    slipway.start_approval(GOOD, pusher="ADA")

    assert "ada asked for this release" in slipway.vote("ada").message
    assert "linus isn't an approver" in slipway.vote("linus").message
    assert "You aren't among the people" in slipway.vote("mallory").message
    assert slipway.plane.approvals.votes("to-prod") == []
    assert slipway.plane.approvals.approvals["to-prod"].state is ApprovalState.PENDING


def test_a_second_vote_of_the_same_person_changes_nothing(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.vote("grace")
    slipway.machines.ended(arn)

    again = slipway.vote("grace", "reject", "changed my mind")

    assert again.counted is False and again.message.startswith("You have voted already (approve")
    assert len(slipway.plane.audit.entries) == 1


def test_as_many_as_required_have_to_agree(slipway: Slipway) -> None:
    slipway.plane.configurations.change_approval("prod", required=2)
    arn = slipway.start_approval(GOOD, pusher="linus")

    assert slipway.vote("ada").state is ApprovalState.PENDING
    assert untouched(slipway)
    assert slipway.vote("grace").state is ApprovalState.APPROVED
    assert slipway.machines.ended(arn).output["outcome"] == "live"


def test_whose_vote_does_not_count_any_more_is_not_said_to_have_decided(slipway: Slipway) -> None:
    slipway.plane.configurations.change_approval("prod", required=2)
    arn = slipway.start_approval(GOOD, pusher="linus")
    slipway.vote("ada")
    slipway.plane.configurations.change_approval("prod", required=1, approvers=("grace",))

    slipway.vote("grace")

    assert slipway.machines.ended(arn).output["outcome"] == "live"
    assert slipway.plane.approvals.approvals["to-prod"].reason == "approved by grace"


def test_a_question_that_nobody_answers_expires(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.plane.later(timedelta(days=1))

    assert "to-prod is expired" in slipway.plane.run_step("sweep", {})["done"]

    assert slipway.machines.ended(arn).output == {"outcome": "expired", "reason": "too few people decided in time"}
    assert "expired on" in slipway.vote("grace").message
    assert untouched(slipway) and slipway.plane.approvals.votes("to-prod") == []


def test_an_execution_that_nobody_tells_of_the_expiry_ends_by_itself(slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LAST_VOTES_SECONDS", 0)
    slipway.plane.configurations.change_approval("prod", expires_seconds=1)
    arn = slipway.start_approval(GOOD)

    assert slipway.machines.ended(arn).output == {"outcome": "expired", "reason": "too few people decided in time"}
    assert untouched(slipway)


def test_a_newer_question_takes_the_place_of_the_older_one(slipway: Slipway) -> None:
    older = slipway.start_approval(GOOD)
    newer = slipway.start_approval(BETTER, "v1.1.0", "newer-to-prod")

    assert slipway.machines.ended(older).output == {"outcome": "superseded", "reason": "v1.1.0 asks instead"}
    assert "was superseded, v1.1.0 asks instead" in slipway.vote("grace").message
    slipway.vote("grace", approval="newer-to-prod")
    assert slipway.machines.ended(newer).output["outcome"] == "live"
    assert slipway.plane.environments.state(*PROD).live == BETTER


def test_a_vote_after_the_deployment_was_aborted_says_so(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.machines.states.stop_execution(executionArn=arn)
    slipway.machines.ended(arn)

    voted = slipway.vote("grace")

    assert (voted.counted, voted.state) == (False, ApprovalState.ENDED)
    assert "has ended, so there is nothing to decide" in voted.message
    assert untouched(slipway)


def test_a_release_that_never_ran_in_stage_is_refused_before_anybody_is_asked(slipway: Slipway) -> None:
    ended = slipway.deploy(GOOD, "prod", version="v1.0.0")

    assert ended.output["outcome"] == "refused"
    assert ended.output["reason"].startswith(f"prod takes only releases that were healthy in stage, and {GOOD[:12]} never was.")
    assert slipway.plane.mails.asked == [] and untouched(slipway)


def test_the_same_commit_with_other_bytes_did_not_run_in_stage(slipway: Slipway) -> None:
    slipway.start_approval(GOOD)
    healthy = slipway.plane.environments.releases["sample-app", "stage", GOOD]
    slipway.plane.environments.releases["sample-app", "stage", GOOD] = replace(healthy, digest="sha256:other")

    assert slipway.deploy(GOOD, "prod", "again").output["outcome"] == "refused"


def test_a_run_for_a_commit_that_never_ran_in_stage_builds_nothing_and_says_why(slipway: Slipway) -> None:
    ended = slipway.release(BETTER, ref="refs/tags/v1.0.0")

    assert (ended.status, ended.error) == ("FAILED", "refused")
    assert "healthy in stage" in ended.cause
    assert slipway.plane.builds.started == []


def test_a_run_ends_rejected_when_people_say_no(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    request = {"run": "run-7", "service": "sample-app", "ref": "refs/tags/v1.0.0", "commit": GOOD, "pusher": "ada"}
    arn = slipway.machines.start("slipway-release", request, execution="run-7")
    slipway.machines.until(lambda: "asked" in slipway.plane.timeline.kinds("DEPLOYMENT#run-7-prod"))
    slipway.vote("grace", "reject", "no", approval="run-7-prod")

    ended = slipway.machines.ended(arn)
    assert (ended.error, ended.cause) == ("rejected", "prod: rejected (rejected by grace (no))")


def test_when_too_few_may_decide_nobody_is_asked_and_the_reason_says_so(slipway: Slipway) -> None:
    slipway.plane.configurations.change_approval("prod", required=2)
    slipway.make_live(GOOD, "stage")

    ended = slipway.deploy(GOOD, "prod", pusher="ada")

    assert ended.output == {
        "outcome": "refused",
        "reason": "prod needs 2 approvals, and of its approvers only grace may decide: ada asked for this release.",
    }
    assert slipway.plane.mails.asked == []


def test_a_chart_that_cannot_be_rendered_is_refused_before_anybody_is_asked(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    slipway.plane.clusters.refuse_render = "execution error at deployment.yaml:3"

    ended = slipway.deploy(GOOD, "prod")

    assert ended.output["outcome"] == "refused"
    assert "execution error at deployment.yaml:3" in ended.output["reason"]
    assert slipway.plane.mails.asked == []


def test_one_approver_without_a_working_address_keeps_nobody_from_deciding(slipway: Slipway) -> None:
    slipway.plane.mails.refused = {"ada"}
    slipway.start_approval(GOOD, pusher="linus")
    assert slipway.plane.mails.asked == [("grace", "to-prod")]
    assert "mail-refused" in slipway.plane.timeline.kinds("DEPLOYMENT#to-prod")


def test_when_nobody_can_be_asked_the_deployment_fails_with_that_reason(slipway: Slipway) -> None:
    slipway.make_live(GOOD, "stage")
    slipway.plane.clusters.revisions = []
    slipway.plane.mails.refused = {"ada", "grace"}

    ended = slipway.deploy(GOOD, "prod", pusher="linus")

    assert ended.output["outcome"] == "failed"
    assert "1 of ada, grace must approve, and only 0 could be asked by e-mail" in ended.output["reason"]


def test_a_killed_function_asks_nobody_twice(slipway: Slipway) -> None:
    whole = slipway.functions["slipway-await-approval"]

    def killed_afterwards(event: dict[str, object]) -> object:
        slipway.functions["slipway-await-approval"] = whole
        whole(event)
        raise type("Runtime.ExitError", (Exception,), {})

    slipway.functions["slipway-await-approval"] = killed_afterwards
    arn = slipway.start_approval(GOOD, pusher="linus")
    slipway.machines.until(lambda: slipway.plane.timeline.kinds("DEPLOYMENT#to-prod").count("asked") == 2)
    slipway.vote("grace")

    assert slipway.machines.ended(arn).output["outcome"] == "live"
    assert len(slipway.plane.mails.asked) == 2


def test_the_task_token_is_in_no_payload_but_its_own_states(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    token = slipway.plane.approvals.tokens["to-prod"]
    slipway.vote("grace")
    ended = slipway.machines.ended(arn)
    told = [repr(slipway.plane.timeline.events), repr(slipway.plane.approvals.approvals), repr(slipway.plane.audit.entries), repr(ended)]
    payloads = [
        repr(event["stateEnteredEventDetails"]["input"]) + repr(event.get("stateExitedEventDetails", {}).get("output", ""))
        for event in slipway.machines.history(arn)
        if "stateEnteredEventDetails" in event
    ]
    assert not [text for text in [*told, *payloads] if token in text]


def test_when_the_environment_moved_on_people_are_asked_anew_about_the_change_as_it_is_now(slipway: Slipway) -> None:
    arn = slipway.start_approval(GOOD)
    slipway.plane.environments.states[PROD] = EnvironmentState(live=BETTER, last_good=BETTER)

    slipway.vote("grace", reason="looks fine")
    slipway.machines.until(lambda: ("grace", "to-prod.2") in slipway.plane.mails.asked)

    assert untouched_since(slipway, BETTER) and slipway.plane.leases.read(*PROD).owner == ""
    first, second = (slipway.plane.approvals.approvals[identity] for identity in ("to-prod", "to-prod.2"))
    assert (first.state, second.state, second.deployment, second.round) == (ApprovalState.APPROVED, ApprovalState.PENDING, "to-prod", 2)
    assert (slipway.plane.plans.plans["to-prod"].from_commit, slipway.plane.plans.plans["to-prod.2"].from_commit) == ("", BETTER)
    assert slipway.vote("grace").counted is False, "the first round's vote is no vote of the second"
    slipway.vote("grace", approval="to-prod.2")
    assert slipway.machines.ended(arn).output["outcome"] == "live"
    assert [(person, subject, details["question"]) for person, _, subject, details in slipway.plane.audit.entries] == [
        ("grace", "DEPLOYMENT#to-prod", "to-prod"),
        ("grace", "DEPLOYMENT#to-prod", "to-prod.2"),
    ]


def untouched_since(slipway: Slipway, live: str) -> bool:
    return slipway.plane.clusters.upgrades == 0 and slipway.plane.environments.state(*PROD).live == live


def test_an_author_of_what_would_go_live_is_not_asked_and_has_no_vote(slipway: Slipway) -> None:
    slipway.plane.commits.new = [CommitInfo(GOOD, "Count faster", "Grace", "GRACE", "web-flow")]
    slipway.start_approval(GOOD, pusher="linus")

    assert slipway.plane.mails.asked == [("ada", "to-prod")]
    assert "grace had a part in what would go live (as author, committer or earlier pusher)" in slipway.vote("grace").message
    assert slipway.plane.approvals.votes("to-prod") == []


def test_who_pushed_a_commit_has_no_vote_on_it_when_somebody_else_brings_it_by_hand_or_tags_it_again(slipway: Slipway) -> None:
    slipway.start_approval(GOOD, pusher="ada")
    slipway.vote("grace", "reject", "not now")
    slipway.machines.until(lambda: slipway.plane.deployments.get("to-prod").outcome == "rejected")

    again = slipway.start_approval(GOOD, execution="again", pusher="bob")

    assert "ada had a part in what would go live" in slipway.vote("ada", approval="again").message
    slipway.vote("grace", approval="again")
    assert slipway.machines.ended(again).output["outcome"] == "live"


def test_a_push_that_came_earlier_but_asks_later_is_superseded_at_once(slipway: Slipway) -> None:
    newer = slipway.start_approval(BETTER, "v1.1.0", "newer-to-prod")
    healthy = slipway.plane.environments.releases["sample-app", "stage", BETTER]
    slipway.plane.environments.releases["sample-app", "stage", GOOD] = replace(healthy, commit=GOOD, digest=f"sha256:{GOOD}")
    asked = slipway.plane.approvals.approvals["newer-to-prod"]
    slipway.plane.approvals.approvals["newer-to-prod"] = replace(asked, asked_at=NOW + timedelta(days=1))

    ended = slipway.deploy(GOOD, "prod", "late-to-prod", version="v1.0.0")

    assert ended.output == {"outcome": "superseded", "reason": "v1.1.0 asks already"}
    assert "superseded-by" in slipway.plane.timeline.kinds("DEPLOYMENT#late-to-prod")
    assert ("grace", "late-to-prod") not in slipway.plane.mails.asked
    slipway.vote("grace", approval="newer-to-prod")
    assert slipway.machines.ended(newer).output["outcome"] == "live"
