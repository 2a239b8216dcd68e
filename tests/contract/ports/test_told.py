"""What Tell may rely on: memory of what was told, the budget of calls, the queue and the topic; each fake like its real adapter on moto."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import boto3
import pytest

from slipway import ports
from slipway.adapters import aws
from slipway.adapters.dynamodb.told import CALLS_PER_HOUR, CALLS_PER_MINUTE, DynamoCallBudget, DynamoTellings
from slipway.adapters.sns import SnsNewsChannel
from slipway.adapters.sqs import BRIEFLY, SqsNotices
from slipway.domain.news import News
from slipway.domain.notice import Notice, Told
from slipway.errors import TemporarilyUnavailable
from tests.contract.account import account, make_table
from tests.fakes.control_plane import NOW
from tests.fakes.telling import FakeCallBudget, FakeNewsChannel, FakeNotices, FakeTellings

A_MINUTE, AN_HOUR = 3, 7
"""Calls, few enough to make them all."""
KEY = "DEPLOYMENT#run-1-dev"
TOLD = Told(0, Notice("success", "live: fine"), 7, 2, ("live", "held"), "run-1", NOW)
NEWS = News(
    "live",
    "sample-app <v1> is live in prod: [see](http://evil.example) @here\N{EN DASH} fine" + "!" * 200,
    {"service": "sample-app", "environment": "prod", "reason": "<ok>"},
)


@dataclass
class Parts:
    """The ports, and ways to see from outside what they did."""

    tellings: ports.Tellings
    budget: ports.CallBudget
    notices: ports.Notices
    news: ports.NewsChannel
    queued: Callable[[], list[str]]
    heard: Callable[[], list[str]]


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with account(monkeypatch):
        yield


@pytest.fixture(params=["fake", "aws"])
def parts(request: pytest.FixtureRequest) -> Parts:
    if request.param == "fake":
        notices, news = FakeNotices(), FakeNewsChannel()
        return Parts(
            FakeTellings(), FakeCallBudget(A_MINUTE, AN_HOUR), notices, news, lambda: notices.subjects, lambda: [heard.sentence for heard in news.heard]
        )
    request.getfixturevalue("on_aws")
    table, queue, topic = make_table(), make_queue(), make_topic()
    return Parts(
        DynamoTellings(table), DynamoCallBudget(table, A_MINUTE, AN_HOUR), SqsNotices(queue), SnsNewsChannel(topic), lambda: received(queue), published
    )


def make_queue() -> str:
    return str(boto3.client("sqs").create_queue(QueueName="notices.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"])


def make_topic() -> str:
    """With a queue behind it in which everything ends that was published."""
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    topic = str(sns.create_topic(Name="events")["TopicArn"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic


def received(queue: str) -> list[str]:
    sqs = boto3.client("sqs")
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["subject"] for message in messages]


def envelopes() -> list[dict[str, object]]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="heard")["QueueUrl"]
    return [json.loads(message["Body"]) for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]


def published() -> list[str]:
    """The sentences, as they were before markup was taken out of them."""
    return [NEWS.sentence for envelope in envelopes() if "is live in prod" in str(envelope["Message"])]


def test_what_was_never_told_is_version_0(parts: Parts) -> None:
    assert parts.tellings.read(KEY) == Told()


def test_what_was_told_is_read_as_it_was_remembered(parts: Parts) -> None:
    assert parts.tellings.remember(KEY, TOLD) is True
    found = parts.tellings.read(KEY)
    assert (found.version, found.notice, found.number, found.votes, found.news, found.run, found.opened_at) == (
        1, TOLD.notice, 7, 2, ("live", "held"), "run-1", NOW,
    )  # fmt: skip
    assert parts.tellings.remember("RUN#run-1", Told(news=("refused",))) is True
    assert parts.tellings.read("RUN#run-1") == Told(version=1, news=("refused",))


def test_of_two_who_have_read_the_same_version_one_remembers(parts: Parts) -> None:
    assert [parts.tellings.remember(KEY, Told(number=number)) for number in (1, 2)] == [True, False]
    read = parts.tellings.read(KEY)
    assert [parts.tellings.remember(KEY, Told(read.version, number=number)) for number in (3, 4)] == [True, False]
    assert parts.tellings.read(KEY).number == 3


def test_a_minute_has_so_many_calls_and_the_next_one_has_as_many_again(parts: Parts) -> None:
    taken = [parts.budget.take(NOW) for _ in range(A_MINUTE + 2)]
    assert taken == [True] * A_MINUTE + [False] * 2
    assert parts.budget.take(NOW + timedelta(minutes=1)) is True


def test_an_hour_has_so_many_calls_whatever_its_minutes_have(parts: Parts) -> None:
    taken = [parts.budget.take(NOW + timedelta(minutes=minute)) for minute in range(4) for _ in range(A_MINUTE)]
    assert taken.count(True) == AN_HOUR
    assert parts.budget.take(NOW + timedelta(minutes=59)) is False
    assert parts.budget.take(NOW + timedelta(hours=1)) is True


def test_two_neighbouring_spans_together_keep_github_s_limits() -> None:
    assert 2 * CALLS_PER_MINUTE <= 80 and 2 * CALLS_PER_HOUR <= 500


def test_after_a_pause_calls_are_taken_again(parts: Parts) -> None:
    parts.budget.pause(NOW)
    assert [parts.budget.take(NOW + timedelta(seconds=seconds)) for seconds in (0, 60, 119, 120)] == [False, False, False, True]


def test_the_same_subject_may_be_put_twice_in_a_moment_and_neither_is_lost(parts: Parts) -> None:
    for subject in (KEY, KEY, "RUN#run-1"):
        parts.notices.put(subject)
    assert sorted(parts.queued()) == [KEY, KEY, "RUN#run-1"]


def test_news_is_published(parts: Parts) -> None:
    parts.news.publish(NEWS)
    assert parts.heard() == [NEWS.sentence]


def test_while_somebody_works_on_a_subject_nobody_else_gets_it(on_aws: None) -> None:
    queue = make_queue()
    notices = SqsNotices(queue)
    notices.put(KEY)
    assert received(queue) == [KEY]
    notices.put(KEY)
    notices.put("RUN#run-1")
    assert received(queue) == ["RUN#run-1"]


def test_chat_gets_the_sentence_without_markup_and_programs_get_the_facts(on_aws: None) -> None:
    SnsNewsChannel(make_topic()).publish(NEWS)
    [envelope] = envelopes()
    message, subject, attributes = json.loads(str(envelope["Message"])), str(envelope["Subject"]), envelope["MessageAttributes"]
    assert (message["version"], message["source"], message["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert message["content"]["title"] == "sample-app/prod: live"
    assert not set("<>[]@`*") & set(message["content"]["description"] + message["metadata"]["summary"])
    assert message["metadata"]["additionalContext"] == dict(NEWS.facts)
    assert len(subject) < 100 and subject.isascii() and subject.startswith("sample-app <v1> is live in prod")
    assert isinstance(attributes, dict) and {name: value["Value"] for name, value in attributes.items()} == {
        "event": "live", "service": "sample-app", "environment": "prod",
    }  # fmt: skip


def test_news_of_a_run_has_no_environment_to_filter_by(on_aws: None) -> None:
    SnsNewsChannel(make_topic()).publish(News("refused", "refused", {"service": "sample-app", "ref": "refs/heads/main"}))
    [envelope] = envelopes()
    assert isinstance(envelope["MessageAttributes"], dict) and set(envelope["MessageAttributes"]) == {"event", "service"}


def test_a_queue_that_doesnt_answer_is_given_up_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    aws.client.cache_clear()
    notices = SqsNotices("http://127.0.0.1:1/123456789012/notices.fifo")
    with pytest.raises(TemporarilyUnavailable):
        notices.put(KEY)
    aws.client.cache_clear()
    assert 2 * (BRIEFLY.connect_timeout + BRIEFLY.read_timeout) <= 6 and BRIEFLY.retries["total_max_attempts"] == 2
