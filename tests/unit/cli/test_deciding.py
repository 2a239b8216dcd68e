"""`slipway approve` and `slipway resume`: what people decide from the terminal."""

from typing import Any

import httpx
import pytest

from tests.unit.cli.world import World

GET, POST = "GET /api/approvals/d9", "POST /api/approvals/d9/votes"
RESUME = "POST /api/services/sample-app/environments/prod/resume"
APPROVAL = {
    "id": "d9",
    "service": "sample-app",
    "environment": "prod",
    "version": "v4",
    "commit": "d" * 40,
    "state": "pending",
    "message": "sample-app v4 to prod waits for 1 approvals.",
    "expires_at": "2026-11-26T08:00:00+00:00",
    "votes": [],
    "plan": {
        "from_version": "v3",
        "to_version": "v4",
        "digest": "sha256:abc",
        "summary": "1 object changes (Deployment/sample-app)",
        "difference": "--- Deployment/sample-app\n+++ Deployment/sample-app\n-  replicas: 2\n+  replicas: 3 [bold]\x1b[2J\n",
    },
}
COUNTED = {"counted": True, "state": "approved", "message": "sample-app v4 to prod is approved by grace: it goes on."}


def world(vote: Any = COUNTED, **changes: Any) -> World:
    return World({GET: {**APPROVAL, **changes}, POST: vote})


def test_approving_shows_the_plan_with_its_difference_and_casts_the_vote() -> None:
    there = world()
    done = there.run("approve", "d9", "--yes", "--reason", "looks fine")
    assert done.exit_code == 0, done.output
    for shown in ("v3", "sha256:abc", "1 object changes", "-  replicas: 2", "+  replicas: 3 [bold]\n", "2026-11-26 08:00:00Z", COUNTED["message"]):
        assert str(shown) in done.stdout
    assert there.console.bodies() == [{"choice": "approve", "reason": "looks fine"}]


def test_the_plan_says_what_is_new_how_well_it_is_tried_what_is_set_back_and_who_must_agree() -> None:
    plan = {
        **APPROVAL["plan"],
        "commits": {"listed": [{"commit": "e" * 40, "author": "Ada (ada-l)", "message": "Count faster\x1b[2J"}], "more": 3, "notes": ["2 are lost."]},
        "manual_changes": {"listed": [{"object": "Deployment/x", "field": "spec.replicas", "manager": "kubectl-scale", "at": None}], "more": 0, "unknown": ""},
        "checks": [{"name": "pytest", "seconds": 1.54}],
        "ran": [
            {"environment": "dev", "since": None, "until": None},
            {"environment": "stage", "since": "2026-11-24T12:00:00+00:00", "until": "2026-11-24T14:00:00+00:00"},
        ],
    }
    agreement = {"required": 2, "approvers": ["grace", "linus"], "excluded": {"ada": "asked for this release"}}
    done = world(plan=plan, agreement=agreement, round=2).run("approve", "d9", "--yes")
    for shown in (
        "eeeeeeeeeeee Count faster", "by Ada (ada-l)", "and 3 more 2 are lost.",
        "Deployment/x spec.replicas, by kubectl-scale", "pytest (1.5 s)", "never ran there",
        "ran there from 2026-11-24 12:00:00Z to 2026-11-24 14:00:00Z", "2 of grace, linus", "ada may not: ada asked for this release", "asked anew",
    ):  # fmt: skip
        assert shown in " ".join(done.stdout.split()), shown
    assert "\x1b[2J" not in done.stdout


def test_what_could_not_be_found_out_is_said() -> None:
    plan = {**APPROVAL["plan"], "commits": {"unknown": "GitHub didn't answer"}, "manual_changes": {"unknown": "the cluster didn't answer"}}
    shown = " ".join(world(plan=plan).run("approve", "d9", "--yes").stdout.split())
    assert "new commits unknown: GitHub didn't answer" in shown and "set back unknown: the cluster didn't answer" in shown
    assert "set back none" in " ".join(world().run("approve", "d9", "--yes").stdout.split())


def test_rejecting_sends_the_reason() -> None:
    there = world()
    assert there.run("approve", "d9", "--reject", "--reason", "not on a Friday", "--yes").exit_code == 0
    assert there.console.bodies() == [{"choice": "reject", "reason": "not on a Friday"}]


def test_rejecting_without_a_reason_is_wrong_usage() -> None:
    there = world()
    assert there.run("approve", "d9", "--reject", "--yes").exit_code == 2
    assert not there.console.requests


def test_without_a_terminal_and_without_yes_nobody_votes() -> None:
    there = world()
    assert there.run("approve", "d9").exit_code == 2
    assert not there.console.bodies()


def test_a_person_is_asked_what_exactly_they_approve() -> None:
    there = world()
    there.interactive = True
    done = there.run("approve", "d9", said="n\n")
    assert (done.exit_code, there.console.bodies()) == (1, [])
    assert "Approve sample-app v4 (dddddddddddd) for prod?" in done.output


def test_a_vote_that_doesnt_count_is_a_no() -> None:
    refused = {"counted": False, "state": "pending", "message": "ada asked for this release, and prod wants somebody else to decide about it."}
    done = world(refused).run("approve", "d9", "--yes")
    assert (done.exit_code, done.stderr.strip()) == (1, refused["message"])


def test_a_closed_question_is_not_voted_on() -> None:
    there = world(state="expired", message="The question expired.")
    done = there.run("approve", "d9", "--yes")
    assert (done.exit_code, done.stderr.strip(), there.console.bodies()) == (1, "The question expired.", [])


def test_a_principal_that_is_nobodys_is_told_so() -> None:
    done = world((403, {"message": "arn:x is nobody's in slipway.yaml, so it can't vote."})).run("approve", "d9", "--yes")
    assert (done.exit_code, "nobody's" in done.stderr) == (1, True)


def test_a_vote_whose_answer_is_lost_may_be_said_again() -> None:
    done = world(httpx.ReadTimeout("timed out")).run("approve", "d9", "--yes")
    assert (done.exit_code, "Whether it was carried out isn't known; it is safe to say it again." in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"hold": "rolled back by ada", "next": "deploy-8"}, "sample-app in prod isn't held any more (rolled back by ada).\ndeploy-8 goes on."),
        ({"hold": "", "next": ""}, "sample-app in prod wasn't held.\nNo deployment was waiting."),
    ],
)
def test_resuming_says_what_ended_and_what_goes_on(answer: dict[str, str], shown: str) -> None:
    there = World({RESUME: answer})
    done = there.run("resume", "sample-app", "prod", "--reason", "fixed")
    assert (done.exit_code, done.stdout.strip()) == (0, shown)
    assert there.console.bodies() == [{"reason": "fixed"}]
