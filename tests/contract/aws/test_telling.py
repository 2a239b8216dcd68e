"""From an event on a timeline to what people hear, over the template's own queue, function and topic. No GitHub App is connected."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.adapters import aws
from slipway.bootstrap import Platform
from slipway.domain.deployment import Deployment, Outcome
from slipway.settings import Settings
from tests.contract.aws.stacks import settings
from tests.fakes.control_plane import GOOD, NOW
from twin.aws import server
from twin.aws.stack import running

PATIENCE_SECONDS = 60


@dataclass
class Telling:
    platform: Platform
    announced: "queue.SimpleQueue[str]"

    def end(self, identity: str, environment: str, outcome: Outcome, reason: str) -> None:
        """A deployment is planned and ends at once, as the steps write it."""
        platform, subject = self.platform, f"DEPLOYMENT#{identity}"
        platform.deployments.open(Deployment(identity, "run", "sample-app", environment, GOOD, "arn:execution", version="v1"), NOW)
        platform.timeline.add(subject, "planned", "sample-app goes there", NOW)
        platform.deployments.close(identity, outcome, reason, NOW)
        platform.timeline.add(subject, outcome, reason, NOW)


@pytest.fixture
def telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telling]:
    announced: queue.SimpleQueue[str] = queue.SimpleQueue()
    with running(settings(tmp_path), announce=announced.put) as stack:
        credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": stack.region}
        for name, value in {"AWS_ENDPOINT_URL": stack.endpoint, **credentials}.items():
            monkeypatch.setenv(name, value)
        aws.client.cache_clear()
        url = server.client("sqs", stack.endpoint).get_queue_url(QueueName="slipway-notices.fifo")["QueueUrl"]
        yield Telling(Platform(Settings(table_name=stack.outputs["TableName"], notices_queue_url=url)), announced)
    aws.client.cache_clear()


def test_chat_hears_each_outcome_once_and_the_newest_state_is_remembered(telling: Telling) -> None:
    telling.end("one", "dev", Outcome.ROLLED_BACK, "exit code 3")
    telling.platform.notices.put("DEPLOYMENT#one")
    first = telling.announced.get(timeout=PATIENCE_SECONDS)
    assert first.startswith("published to slipway-events: sample-app v1 went bad in dev and was taken back: exit code 3")
    telling.end("two", "prod", Outcome.LIVE, "2 checks passed")
    assert telling.announced.get(timeout=PATIENCE_SECONDS) == "published to slipway-events: sample-app v1 is live in prod: 2 checks passed"
    told = telling.platform.tellings.read("DEPLOYMENT#one")
    assert told.news == ("rolled-back",) and told.notice is not None and told.notice.description == "rolled-back: exit code 3"
