"""moto's AWS in this process, for the real adapters that stand beside their fakes in a contract suite."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from slipway.adapters import aws
from slipway.adapters.dynamodb.table import Table
from twin.corrections.catalogue import corrected


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty one, corrected as the twin's is. Adapters make their clients anew in it, and again after it."""
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    with corrected(), mock_aws():
        aws.client.cache_clear()
        yield
    aws.client.cache_clear()


def make_table() -> Table:
    """Slipway's table, empty, with the keys that `template.yaml` gives it."""
    boto3.client("dynamodb").create_table(
        TableName="slipway",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
    )
    return Table("slipway")
