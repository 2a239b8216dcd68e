"""Telling people: once, the newest state, within the code host's limits, and never at the expense of a deployment."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from slipway.adapters.telling_timeline import TellingTimeline
from slipway.domain.deployment import Deployment, Outcome
from slipway.domain.run import Run, RunState
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.steps.tell import TellRequest, tell
from slipway.steps.untold import untold
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane
from tests.fakes.memory import FakeTimeline
from tests.fakes.telling import FakeCallBudget, FakeCommitStatuses, FakeNewsChannel, FakeNotices, FakeTellings

SUBJECT = "DEPLOYMENT#run-1-prod"
DEPLOYMENT = Deployment("run-1-prod", "run-1", "sample-app", "prod", GOOD, "arn:execution", version="v1.0.0", cause="v1.0.0 was pushed by ada")
RUN = Run("run-1", "sample-app", "refs/tags/v1.0.0", GOOD)


@dataclass
class Outside:
    """Slipway's memory, and everything outside that is told of it."""

    plane: ControlPlane = field(default_factory=ControlPlane)
    notices: FakeNotices = field(default_factory=FakeNotices)
    tellings: FakeTellings = field(default_factory=FakeTellings)
    news: FakeNewsChannel = field(default_factory=FakeNewsChannel)
    host: FakeCommitStatuses = field(default_factory=FakeCommitStatuses)
    budget: FakeCallBudget = field(default_factory=FakeCallBudget)

    def tell(self, subject: str = SUBJECT, now: datetime = NOW) -> None:
        plane = self.plane
        tell(
            TellRequest(subject),
            configurations=plane.configurations,
            runs=plane.runs,
            deployments=plane.deployments,
            timeline=plane.timeline,
            tellings=self.tellings,
            news=self.news,
            statuses=self.host,
            budget=self.budget,
            now=now,
        )

    def happens(self, kind: str, message: str = "", subject: str = SUBJECT, now: datetime = NOW) -> None:
        self.plane.timeline.add(subject, kind, message or kind, now)

    def ends(self, outcome: Outcome, reason: str = "the reason") -> None:
        self.plane.deployments.close("run-1-prod", outcome, reason, NOW)
        self.happens(outcome, reason)

    def untold(self) -> list[str]:
        plane = self.plane
        return list(untold(configurations=plane.configurations, runs=plane.runs, deployments=plane.deployments, tellings=self.tellings, notices=self.notices))

    @property
    def shown(self) -> list[tuple[str, str]]:
        """State and description of each status of the deployment, in their order."""
        return [(state, description) for state, description, _ in self.host.shown[1]]


@pytest.fixture
def outside() -> Outside:
    outside = Outside()
    outside.plane.deployments.open(DEPLOYMENT, NOW)
    outside.plane.runs.open(RUN, NOW)
    outside.happens("opened", "v1.0.0 was pushed by ada", "RUN#run-1")
    outside.happens("planned", "sample-app goes to prod")
    return outside


def test_fifty_changes_in_a_moment_end_as_one_status_with_the_newest_state(outside: Outside) -> None:
    for number in range(48):
        outside.happens("queued", f"Waiting for {number}")
    outside.happens("lease-acquired")
    outside.ends(Outcome.LIVE, "2 checks passed")
    for _ in range(50):
        outside.tell()
    assert outside.shown == [("success", "live: 2 checks passed")]
    assert outside.host.calls == 2, "one to open the deployment, one for its status"
    assert outside.news.kinds == ["live"]


def test_a_deployment_is_followed_from_its_plan_to_its_end(outside: Outside) -> None:
    outside.tell()
    outside.happens("lease-acquired")
    outside.tell()
    outside.ends(Outcome.ROLLED_BACK, "exit code 3")
    outside.tell()
    assert outside.shown == [("queued", "sample-app goes to prod"), ("in_progress", "Going to prod at v1.0.0"), ("failure", "rolled-back: exit code 3")]
    assert outside.host.deployments[1] == ("acme/sample-app", GOOD, "prod", "sample-app v1.0.0: v1.0.0 was pushed by ada", "run-1-prod")
    assert outside.budget.calls == {"2026-11-24T12:00": 4, "2026-11-24T12": 4}, "the deployment is opened once"


def test_every_vote_stays_readable_however_late_it_is_told(outside: Outside) -> None:
    outside.happens("voted-approve", "grace voted approve: looks fine")
    outside.happens("voted-approve", "ada voted approve")
    outside.ends(Outcome.LIVE)
    outside.tell()
    outside.tell()
    assert outside.shown == [("pending", "grace voted approve: looks fine"), ("pending", "ada voted approve"), ("success", "live: the reason")]


def test_a_vote_that_is_the_newest_state_is_told_once(outside: Outside) -> None:
    outside.happens("voted-approve", "grace voted approve")
    outside.tell()
    outside.tell()
    assert outside.shown == [("pending", "grace voted approve")]


def test_a_vote_that_was_told_isnt_told_again_when_the_next_call_failed(outside: Outside) -> None:
    outside.happens("voted-approve", "grace voted approve")
    outside.happens("lease-acquired")
    outside.budget.per_minute = 2
    with pytest.raises(TemporarilyUnavailable):
        outside.tell()
    outside.tell(now=NOW + timedelta(minutes=1))
    assert outside.shown == [("pending", "grace voted approve"), ("in_progress", "Going to prod at v1.0.0")]


def test_out_of_budget_nothing_is_called_and_the_newest_state_is_told_later(outside: Outside) -> None:
    outside.budget.per_minute = 0
    for kind in ("queued", "lease-acquired"):
        outside.happens(kind)
        with pytest.raises(TemporarilyUnavailable, match="told later"):
            outside.tell()
    assert outside.host.calls == 0
    outside.budget.per_minute = 40
    outside.tell(now=NOW + timedelta(minutes=1))
    assert outside.shown == [("in_progress", "Going to prod at v1.0.0")]


def test_after_slow_down_nobody_asks_the_code_host_for_a_while(outside: Outside) -> None:
    outside.host.slow_down = 1
    for _ in range(5):
        with pytest.raises(TemporarilyUnavailable):
            outside.tell()
    assert outside.host.calls == 1
    outside.tell(now=NOW + timedelta(minutes=5))
    assert outside.shown == [("queued", "sample-app goes to prod")]


def test_the_code_host_is_out_and_chat_hears_everything_once(outside: Outside) -> None:
    outside.host.slow_down = 100
    outside.ends(Outcome.NEEDS_ATTENTION, "nothing runs")
    for minutes in (0, 5, 10):
        with pytest.raises(TemporarilyUnavailable):
            outside.tell(now=NOW + timedelta(minutes=minutes))
    assert outside.news.kinds == ["needs-attention"]


def test_chat_is_out_and_the_code_host_is_told_and_chat_later(outside: Outside) -> None:
    outside.news.unreachable = True
    outside.ends(Outcome.LIVE)
    with pytest.raises(TemporarilyUnavailable, match="SNS"):
        outside.tell()
    assert outside.shown == [("success", "live: the reason")]
    outside.news.unreachable = False
    outside.tell()
    outside.tell()
    assert outside.news.kinds == ["live"] and len(outside.shown) == 1


def test_what_the_code_host_refuses_for_good_is_not_asked_again(outside: Outside) -> None:
    outside.host.unknown = {GOOD}
    for _ in range(3):
        outside.tell()
        outside.tell("RUN#run-1")
    assert outside.host.calls == 2 and outside.host.statuses == []


def test_a_run_is_shown_beside_its_commit_under_the_services_name(outside: Outside) -> None:
    outside.tell("RUN#run-1")
    outside.plane.runs.close(replace(RUN, state=RunState.LIVE, reason="live in prod"), NOW)
    outside.tell("RUN#run-1")
    outside.tell("RUN#run-1")
    assert outside.host.statuses == [
        ("acme/sample-app", GOOD, "slipway/sample-app", "pending", "v1.0.0 was pushed by ada"),
        ("acme/sample-app", GOOD, "slipway/sample-app", "success", "live in prod"),
    ]


def begin_another_run(outside: Outside) -> None:
    """Of the same commit, a minute later."""
    outside.plane.runs.open(Run("run-2", "sample-app", "refs/heads/stage", GOOD), NOW)
    outside.happens("opened", "stage was pushed by ada", "RUN#run-2", NOW + timedelta(minutes=1))


def test_of_two_runs_of_a_commit_the_one_that_began_later_is_shown(outside: Outside) -> None:
    begin_another_run(outside)
    outside.tell("RUN#run-2")
    outside.plane.runs.close(replace(RUN, state=RunState.FAILED, reason="too late"), NOW)
    outside.tell("RUN#run-1")
    assert [description for *_, description in outside.host.statuses] == ["stage was pushed by ada"]


def test_who_is_overtaken_while_telling_has_not_the_last_word(outside: Outside) -> None:
    begin_another_run(outside)
    outside.host.meanwhile = lambda: outside.tell("RUN#run-2")
    outside.tell("RUN#run-1")
    assert [description for *_, description in outside.host.statuses] == ["stage was pushed by ada", "v1.0.0 was pushed by ada", "stage was pushed by ada"]


def test_two_at_once_about_one_deployment_leave_one_of_them_for_later(outside: Outside) -> None:
    outside.tell()
    outside.happens("lease-acquired")
    outside.host.meanwhile = outside.tell
    with pytest.raises(TemporarilyUnavailable, match="Somebody else"):
        outside.tell()
    outside.tell()
    assert outside.shown[0] == ("queued", "sample-app goes to prod") and {*outside.shown[1:]} == {("in_progress", "Going to prod at v1.0.0")}


def test_services_of_one_repository_dont_make_each_others_deployments_inactive(outside: Outside) -> None:
    configuration = outside.plane.configurations.configuration
    twin = replace(configuration.services["sample-app"], name="worker", repository="ACME/sample-app")
    outside.plane.configurations.configuration = replace(configuration, services={**configuration.services, "worker": twin})
    outside.tell()
    assert outside.host.deployments[1][2] == "sample-app-prod" and outside.host.shown[1][0][2] == "sample-app-prod"


def test_nothing_is_told_of_what_slipway_yaml_has_no_repository_for(outside: Outside) -> None:
    configuration = outside.plane.configurations.configuration
    outside.plane.configurations.configuration = replace(configuration, services={})
    outside.tell()
    outside.tell("RUN#run-1")
    assert outside.host.calls == 0


def test_a_rollbacks_run_has_no_commit_of_its_own_to_be_shown_beside(outside: Outside) -> None:
    outside.tell("RUN#rollback-sample-app-prod")
    assert outside.host.calls == 0


def test_a_subject_that_isnt_there_is_invalid(outside: Outside) -> None:
    for subject in ("DEPLOYMENT#nonsense", "RELEASE#sample-app"):
        with pytest.raises(InvalidInput):
            outside.tell(subject)


def test_chat_hears_of_a_run_that_the_gate_refused(outside: Outside) -> None:
    outside.plane.runs.open(Run("run-3", "sample-app", "refs/heads/main", BETTER, RunState.REFUSED, "ruff: F401"), NOW)
    outside.tell("RUN#run-3")
    outside.tell("RUN#run-3")
    assert [(news.kind, news.facts["reason"]) for news in outside.news.heard] == [("refused", "ruff: F401")]


def test_an_event_that_may_change_something_asks_for_telling_and_others_dont() -> None:
    plane, notices = ControlPlane(), FakeNotices()
    timeline = TellingTimeline(plane.timeline, notices)
    for subject, kind in ((SUBJECT, "planned"), (SUBJECT, "applied"), ("RELEASE#sample-app#aaa", "built"), ("RUN#run-1", "closed")):
        timeline.add(subject, kind, "message", NOW, evidence=1)
    assert notices.subjects == [SUBJECT, "RUN#run-1"]
    assert [event.kind for event in timeline.read(SUBJECT)] == ["planned", "applied"]


@pytest.mark.parametrize("failure", [TemporarilyUnavailable("SQS doesn't answer"), RuntimeError("nobody foresaw this")])
def test_a_queue_that_cant_be_reached_never_fails_a_step(failure: Exception) -> None:
    plane = ControlPlane()
    TellingTimeline(plane.timeline, FakeNotices(broken=failure)).add(SUBJECT, "planned", "message", NOW)
    assert plane.timeline.kinds(SUBJECT) == ["planned"]


def test_an_event_that_cant_be_written_fails_the_step_and_asks_nobody() -> None:
    class Broken(FakeTimeline):
        def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: object) -> None:
            raise TemporarilyUnavailable("DynamoDB doesn't answer")

    notices = FakeNotices()
    with pytest.raises(TemporarilyUnavailable):
        TellingTimeline(Broken(), notices).add(SUBJECT, "planned", "message", NOW)
    assert notices.subjects == []


def test_an_end_that_was_never_told_is_found_and_asked_for_again(outside: Outside) -> None:
    outside.tell()
    outside.tell("RUN#run-1")
    assert outside.untold() == [], "nothing has ended yet"
    outside.ends(Outcome.LIVE)
    outside.plane.runs.close(replace(RUN, state=RunState.LIVE, reason="live in prod"), NOW)
    assert outside.untold() == [SUBJECT, "RUN#run-1"] == outside.notices.subjects
    for subject in outside.notices.subjects:
        outside.tell(subject)
    assert outside.untold() == []


def test_an_older_run_of_a_commit_is_not_asked_for_again(outside: Outside) -> None:
    begin_another_run(outside)
    outside.tell("RUN#run-2")
    outside.plane.runs.close(replace(RUN, state=RunState.LIVE, reason="live in prod"), NOW)
    assert outside.untold() == []
