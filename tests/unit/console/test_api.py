"""The JSON API: who signed decides who votes, and every error is a sentence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from slipway.console.bodies import LARGEST_JSON_BYTES
from slipway.domain.approval import ApprovalState
from slipway.domain.deployment import Deployment, Kind, Outcome
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.run import Run
from slipway.errors import TemporarilyUnavailable
from tests.fakes.control_plane import BETTER, GOOD, NOW
from tests.unit.console.browsing import APPROVAL, GRACE_ARN, PLAN, TOKEN, Platform, Program

APP = "sample-app"
VOTES = "/api/approvals/run-1-prod/votes"


@pytest.fixture
def program(platform: Platform) -> Program:
    return Program(platform)


def hold(platform: Platform) -> None:
    """prod ran v1.0.0, then v1.1.0, and went back; a deployment waits."""
    key = APP, "prod"
    for index, (commit, version) in enumerate(((GOOD, "v1.0.0"), (BETTER, "v1.1.0"))):
        platform.environments.releases[*key, commit] = HealthyRelease(commit, "sha256:1", (version,), (index + 1,), NOW + timedelta(hours=index))
    platform.environments.states[key] = EnvironmentState(live=GOOD, last_good=GOOD, needs_attention="")
    platform.leases.acquire(*key, "rollback-1", "token-0", NOW, asked_at=NOW, first=True)
    platform.leases.leases[key] = replace(platform.leases.leases[key], hold="rolled back to v1.0.0")
    platform.leases.acquire(*key, "run-1-prod", "lease-token", NOW, asked_at=NOW)


def test_status_lists_every_environment_in_the_order_of_slipway_yaml(program: Program) -> None:
    answer = program.get("/api/status")
    assert answer.status_code == 200
    assert [(found["service"], found["environment"], found["namespace"]) for found in answer.json()["environments"]] == [
        (APP, "dev", "sample-dev"),
        (APP, "stage", "sample-stage"),
        (APP, "prod", "sample-prod"),
    ]


def test_an_environment_in_which_nothing_has_happened_has_nothing_to_tell(program: Program) -> None:
    [found] = program.get("/api/status", service=APP, environment="dev").json()["environments"]
    nothing: dict[str, Any] = {"live": None, "last_good": None, "needs_attention": "", "hold": "", "lease": None, "waiting": [], "approval": None}
    assert found == {"service": APP, "environment": "dev", "namespace": "sample-dev", **nothing, "healthy": [], "latest": []}


def test_status_tells_what_runs_what_waits_and_what_can_be_gone_back_to(program: Program, platform: Platform) -> None:
    hold(platform)
    for number in range(7):
        platform.deployments.open(Deployment(f"run-{number}-prod", f"run-{number}", APP, "prod", GOOD, "arn", version="v1.0.0"), NOW)
    platform.deployments.open(Deployment("rollback-1", "back", APP, "prod", GOOD, "arn", Kind.ROLLBACK, "v1.0.0", cause="an operator"), NOW)
    platform.deployments.close("rollback-1", Outcome.LIVE, "fine", NOW)
    [found] = program.get("/api/status", environment="prod").json()["environments"]
    assert found["live"] == found["last_good"] == {"commit": GOOD, "version": "v1.0.0"}
    assert (found["hold"], found["lease"], found["waiting"]) == ("rolled back to v1.0.0", {"owner": "rollback-1", "epoch": 1}, ["run-1-prod"])
    assert found["approval"] == {
        "id": "run-1-prod", "version": "v1.1.0", "commit": BETTER, "state": "pending", "expires_at": "2026-11-25T12:00:00+00:00", "votes": [],
    }  # fmt: skip
    assert [healthy["version"] for healthy in found["healthy"]] == ["v1.1.0", "v1.0.0"]
    assert found["healthy"][1] == {
        "version": "v1.0.0",
        "versions": ["v1.0.0"],
        "commit": GOOD,
        "revisions": [1],
        "at": "2026-11-24T12:00:00+00:00",
        "before": "",
    }
    assert [latest["id"] for latest in found["latest"]] == ["rollback-1", *(f"run-{number}-prod" for number in (6, 5, 4, 3))]
    assert found["latest"][0] == {
        "id": "rollback-1", "kind": "rollback", "version": "v1.0.0", "commit": GOOD, "outcome": "live", "reason": "fine", "cause": "an operator",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"service": "other"}, "There is no service 'other'; slipway.yaml has sample-app."),
        ({"service": "other", "environment": "prod"}, "There is no service 'other'; slipway.yaml has sample-app."),
        ({"environment": "production"}, "There is no environment 'production'; slipway.yaml has dev, stage, prod."),
        ({"service": APP, "environment": "production"}, "There is no environment 'production'; slipway.yaml has dev, stage, prod."),
    ],
)
def test_status_of_what_isnt_there_names_what_is(program: Program, parameters: dict[str, str], sentence: str) -> None:
    answer = program.get("/api/status", **parameters)
    assert (answer.status_code, answer.json()) == (400, {"message": sentence})


def test_a_runs_timeline_has_its_deployments_events_by_time(program: Program, platform: Platform) -> None:
    platform.runs.open(Run("run-7", APP, "refs/heads/main", GOOD), NOW)
    for environment in ("dev", "stage"):
        platform.deployments.open(Deployment(f"run-7-{environment}", "run-7", APP, environment, GOOD, "arn"), NOW)
    for second, subject in enumerate(("RUN#run-7", "DEPLOYMENT#run-7-stage", "DEPLOYMENT#run-7-dev", "RUN#run-7", "RUN#run-8")):
        platform.timeline.add(subject, "kind", f"event {second}", NOW + timedelta(seconds=second), pod="pod-1")
    told = program.get("/api/timeline/run-7").json()
    assert told["id"] == "run-7"
    assert [event["message"] for event in told["events"]] == ["event 0", "event 1", "event 2", "event 3"]
    assert told["events"][1] == {
        "at": "2026-11-24T12:00:01+00:00", "subject": "DEPLOYMENT#run-7-stage", "kind": "kind", "message": "event 1", "evidence": {"pod": "pod-1"},
    }  # fmt: skip
    assert [event["message"] for event in program.get("/api/timeline/run-7-dev").json()["events"]] == ["event 2"]


def test_a_rollbacks_timeline_is_found_by_the_name_of_its_execution(program: Program, platform: Platform) -> None:
    platform.deployments.open(Deployment("rollback-sample-app-prod-1", "by-hand", APP, "prod", GOOD, "arn", Kind.ROLLBACK), NOW)
    platform.timeline.add("DEPLOYMENT#rollback-sample-app-prod-1", "planned", "back", NOW)
    for name in ("by-hand", "rollback-sample-app-prod-1"):
        assert [event["message"] for event in program.get(f"/api/timeline/{name}").json()["events"]] == ["back"]


def test_a_timeline_that_isnt_there_says_where_to_look(program: Program) -> None:
    answer = program.get("/api/timeline/nonsense")
    assert answer.status_code == 404
    assert answer.json() == {"message": "There is no run, deployment or rollback nonsense; GET /api/status lists the latest deployments."}


def test_an_approval_is_shown_with_its_plan(program: Program) -> None:
    shown = program.get("/api/approvals/run-1-prod").json()
    assert shown.pop("message").startswith("sample-app v1.1.0 to prod waits for 1 ")
    plan = to_jsonable_python(PLAN)
    assert shown == {
        "id": "run-1-prod", "service": APP, "environment": "prod", "version": "v1.1.0", "commit": BETTER, "state": "pending",
        "expires_at": "2026-11-25T12:00:00+00:00", "votes": [], "plan": plan,
        "deployment": "run-1-prod", "round": 1, "pusher": "ada",
        "agreement": {"required": 1, "approvers": ["grace"], "excluded": {"ada": "asked for this release"}},
    }  # fmt: skip


def test_a_vote_counts_for_whoever_signed_it(program: Program, platform: Platform) -> None:
    answer = program.post(VOTES, {"choice": "approve", "reason": "fine"})
    assert (answer.status_code, answer.json()) == (
        200,
        {"counted": True, "state": "approved", "message": "sample-app v1.1.0 to prod is approved by grace (fine): it goes on."},
    )
    assert platform.workflows.answers[TOKEN]["decision"] == ApprovalState.APPROVED
    assert [(actor, action, details["way"]) for actor, action, _, details in platform.audit.entries] == [("grace", "approve", "aws")]
    again = program.post(VOTES, {"choice": "reject", "reason": "no"}).json()
    assert not again["counted"] and "You have voted already" in again["message"]


def test_a_vote_that_changes_nothing_says_why(platform: Platform) -> None:
    answer = Program(platform, GRACE_ARN.replace("grace", "ada")).post(VOTES, {"choice": "approve"})
    assert answer.json() == {"counted": False, "state": "pending", "message": "ada asked for this release, and prod wants somebody else to decide about it."}
    assert not platform.workflows.answers


def test_a_principal_that_is_nobodys_cant_vote(platform: Platform) -> None:
    answer = Program(platform, "arn:aws:iam::123456789012:user/linus").post(VOTES, {"choice": "approve"})
    assert answer.status_code == 403
    assert answer.json() == {"message": "arn:aws:iam::123456789012:user/linus is nobody's in slipway.yaml, so it can't vote."}


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/status"), ("GET", "/api/timeline/x"), ("GET", "/api/approvals/run-1-prod"), ("POST", VOTES)])
def test_without_a_signature_nobody_gets_in(platform: Platform, method: str, path: str) -> None:
    unsigned = Program(platform, "")
    answer = unsigned.get(path) if method == "GET" else unsigned.post(path, {"choice": "approve"})
    assert answer.status_code == 403 and "Sign the request" in answer.json()["message"]
    assert not platform.audit.entries


@pytest.mark.parametrize(
    ("raw", "status", "part"),
    [
        (b"", 400, "choice: Field required"), (b"not json", 400, "Invalid JSON"), (b"[]", 400, "What was sent is wrong"),
        (b'{"choice": "maybe"}', 400, "choice"), (b'{"choice": true}', 400, "choice"), (b'{"choice": "approve", "reason": 1}', 400, "reason"),
        (b'{"choice": "approve", "person": "ada"}', 400, "person"), (b'{"choice": "approve", "reason": "\\ud800"}', 400, "What was sent is wrong"),
        (b'{"choice": "approve", "reason": "' + b"x" * 501 + b'"}', 400, "500 characters"),
        (b" " * (LARGEST_JSON_BYTES + 1), 413, f"at most {LARGEST_JSON_BYTES}"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_vote_is_refused_with_a_sentence(program: Program, platform: Platform, raw: bytes, status: int, part: str) -> None:
    answer = program.post(VOTES, raw=raw)
    assert answer.status_code == status and part in answer.json()["message"]
    assert not platform.audit.entries


@pytest.mark.parametrize("path", ["/api/approvals/run-9-prod", "/api/nonsense"])
def test_what_isnt_there_is_a_404_in_json(program: Program, path: str) -> None:
    answer = program.get(path)
    assert answer.status_code == 404 and list(answer.json()) == ["message"]


def test_a_vote_on_what_isnt_there_is_a_404(program: Program) -> None:
    assert program.post("/api/approvals/run-9-prod/votes", {"choice": "approve"}).status_code == 404


@pytest.mark.parametrize("identity", ["x" * 91, "a%23b", "a%0ab"])
def test_a_name_that_no_execution_can_have_is_refused(program: Program, identity: str) -> None:
    answer = program.get(f"/api/approvals/{identity}")
    assert answer.status_code == 400 and "identity" in answer.json()["message"]


def test_resuming_ends_the_hold_and_names_who_goes_on(program: Program, platform: Platform) -> None:
    hold(platform)
    platform.leases.release(APP, "prod", "rollback-1")
    answer = program.post(f"/api/services/{APP}/environments/prod/resume", {"reason": "mended"})
    assert (answer.status_code, answer.json()) == (200, {"hold": "rolled back to v1.0.0", "next": "run-1-prod"})
    assert platform.audit.entries == [("grace", "resume", "ENV#sample-app#prod", {"hold": "rolled back to v1.0.0", "reason": "mended"})]
    assert program.post(f"/api/services/{APP}/environments/prod/resume").json() == {"hold": "", "next": ""}


def test_who_is_nobodys_resumes_under_the_principals_name(platform: Platform) -> None:
    hold(platform)
    operator = "arn:aws:iam::123456789012:user/operator"
    assert Program(platform, operator).post(f"/api/services/{APP}/environments/prod/resume", {}).status_code == 200
    assert [actor for actor, *_ in platform.audit.entries] == [operator]


def test_resuming_what_isnt_there_names_what_is(program: Program) -> None:
    answer = program.post(f"/api/services/{APP}/environments/production/resume", {})
    assert (answer.status_code, answer.json()) == (400, {"message": "sample-app has no environment 'production'; it has dev, stage, prod."})


def test_what_doesnt_answer_is_a_503_and_a_defect_a_500_that_tell_nothing(program: Program, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = {
        503: (TemporarilyUnavailable("slipway-table"), "Something that is needed for this doesn't answer right now. Try again in a minute."),
        500: (KeyError("slipway-table"), "Something went wrong here; the log has the details."),
    }
    for status, (error, sentence) in sentences.items():

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(platform.approvals, "pending", fail)
        answer = program.get("/api/status")
        assert (answer.status_code, answer.json()) == (status, {"message": sentence})


def test_an_expired_question_isnt_shown_as_pending(program: Program, platform: Platform) -> None:
    platform.later = timedelta(hours=25)
    assert program.get("/api/approvals/run-1-prod").json()["state"] == "expired"
    assert program.get("/api/status", environment="prod").json()["environments"][0]["approval"]["state"] == "expired"
    assert APPROVAL.state == ApprovalState.PENDING
