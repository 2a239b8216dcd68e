"""Secrets of Secrets Manager through a rotation: the value of before holds for a day, and not a moment longer after a second rotation."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from slipway.adapters import aws
from slipway.adapters.secrets import YOUNG, SecretsManagerSecret


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        aws.client.cache_clear()
        yield boto3.client("secretsmanager")
    aws.client.cache_clear()


@pytest.fixture
def arn(manager: Any) -> str:
    return str(manager.create_secret(Name="link", SecretString="first")["ARN"])


def values(arn: str, later: timedelta = timedelta()) -> list[bytes]:
    """As a function that starts then sees them."""
    return list(SecretsManagerSecret(arn, lambda: datetime.now(UTC) + later).values())


def test_a_secret_that_was_never_changed_has_one_value(arn: str) -> None:
    assert values(arn) == values(arn, YOUNG) == [b"first"]


def test_the_previous_value_holds_for_a_day_after_a_rotation(manager: Any, arn: str) -> None:
    manager.put_secret_value(SecretId=arn, SecretString="second")
    assert values(arn) == values(arn, YOUNG - timedelta(minutes=1)) == [b"second", b"first"]
    assert values(arn, YOUNG) == values(arn, timedelta(days=400)) == [b"second"]


def test_a_value_is_revoked_at_once_by_rotating_twice(manager: Any, arn: str) -> None:
    for value in ("second", "third"):
        manager.put_secret_value(SecretId=arn, SecretString=value)
    assert values(arn) == [b"third", b"second"]
