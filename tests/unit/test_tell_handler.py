"""The function that SQS invokes with notices: each subject once, failures back into the queue, nothing else."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.domain.deployment import Deployment, Outcome
from slipway.handlers import tell
from slipway.telemetry import metrics
from tests.fakes.control_plane import GOOD, NOW, ControlPlane
from tests.fakes.telling import FakeCallBudget, FakeCommitStatuses, FakeNewsChannel, FakeTellings


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The handler's adapters: three deployments that are live."""
    plane = ControlPlane()
    for number in "123":
        plane.deployments.open(Deployment(number, "run", "sample-app", "dev", GOOD, "arn:execution", version="v1"), NOW)
        plane.deployments.close(number, Outcome.LIVE, "fine", NOW)
    platform = SimpleNamespace(
        configurations=plane.configurations,
        runs=plane.runs,
        deployments=plane.deployments,
        timeline=plane.timeline,
        tellings=FakeTellings(),
        news=FakeNewsChannel(),
        commit_statuses=FakeCommitStatuses(),
        call_budget=FakeCallBudget(),
        clock=plane.clock,
    )
    monkeypatch.setattr(tell, "platform", platform)
    monkeypatch.setattr(metrics.provider, "namespace", "Slipway")
    return platform


def invoke(*bodies: str, milliseconds: int = 60_000) -> list[str]:
    """The messages, numbered from 0, that go back into the queue."""
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    context: Any = SimpleNamespace(function_name="slipway-tell", get_remaining_time_in_millis=lambda: milliseconds)
    answer = tell.handler({"Records": records}, context)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def about(subject: str) -> str:
    return json.dumps({"subject": subject})


def test_messages_about_one_subject_are_one_telling(platform: SimpleNamespace) -> None:
    assert invoke(*[about("DEPLOYMENT#1")] * 10) == []
    assert platform.commit_statuses.calls == 2 and platform.news.kinds == ["live"]


def test_all_messages_of_a_subject_that_cant_be_told_go_back_and_no_others(platform: SimpleNamespace) -> None:
    platform.call_budget.per_minute = 2
    assert invoke(about("DEPLOYMENT#1"), about("DEPLOYMENT#2"), about("DEPLOYMENT#1"), about("DEPLOYMENT#2")) == ["1", "3"]
    assert [key for *_, key in platform.commit_statuses.deployments.values()] == ["1"]


def test_a_failure_that_nobody_foresaw_keeps_nothing_from_the_others(platform: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("nobody foresaw this")

    platform.commit_statuses.meanwhile = fail
    assert invoke(about("DEPLOYMENT#1"), about("DEPLOYMENT#2")) == ["0"]
    assert "nobody foresaw this" in caplog.text


@pytest.mark.parametrize(
    "body", ["", "not JSON", "{}", "[]", about("RELEASE#sample-app"), about("DEPLOYMENT#"), about("DEPLOYMENT#" + "x" * 300), '{"subject": 7}']
)
def test_what_cant_be_read_is_dropped_with_a_word_in_the_log(platform: SimpleNamespace, body: str, caplog: pytest.LogCaptureFixture) -> None:
    assert invoke(body, about("DEPLOYMENT#1")) == []
    assert "a notice can't be read and is dropped" in caplog.text
    assert platform.commit_statuses.calls == 2


def test_a_deployment_that_isnt_there_is_no_reason_to_ask_again(platform: SimpleNamespace) -> None:
    assert invoke(about("DEPLOYMENT#nonsense")) == []


def test_what_there_is_no_time_for_goes_back_untouched(platform: SimpleNamespace) -> None:
    assert invoke(about("DEPLOYMENT#1"), about("DEPLOYMENT#2"), milliseconds=9_000) == ["0", "1"]
    assert platform.commit_statuses.calls == 0


@pytest.mark.parametrize("spoil", [lambda platform: None, lambda platform: setattr(platform.call_budget, "per_minute", 0)], ids=["told", "not told"])
def test_how_many_were_left_for_later_is_counted(
    platform: SimpleNamespace, spoil: Callable[[SimpleNamespace], None], capfd: pytest.CaptureFixture[str]
) -> None:
    spoil(platform)
    left = len(invoke(about("DEPLOYMENT#1")))
    counted = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "NoticesPostponed" in line]
    assert [found["NoticesPostponed"] for found in counted] == [[float(left)]]
