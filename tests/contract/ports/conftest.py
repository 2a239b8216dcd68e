"""Each suite runs against the fake and against the real adapter on moto's DynamoDB, so that a fake can't lie."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws

from slipway import ports
from slipway.adapters import aws
from slipway.adapters.dynamodb.approvals import DynamoApprovals
from slipway.adapters.dynamodb.deliveries import DynamoDeliveries
from slipway.adapters.dynamodb.deployments import DynamoDeployments
from slipway.adapters.dynamodb.environments import DynamoEnvironments
from slipway.adapters.dynamodb.leases import DynamoLeases
from slipway.adapters.dynamodb.refs import DynamoRefs
from slipway.adapters.dynamodb.releases import DynamoReleases
from slipway.adapters.dynamodb.runs import DynamoRuns
from slipway.adapters.dynamodb.table import Table
from slipway.adapters.dynamodb.timeline import DynamoTimeline
from tests.fakes.control_plane import ControlPlane
from twin.corrections.catalogue import corrected


@dataclass
class Memory:
    """Where the steps keep what they know."""

    deliveries: ports.Deliveries
    refs: ports.Refs
    runs: ports.Runs
    releases: ports.Releases
    deployments: ports.Deployments
    leases: ports.Leases
    approvals: ports.Approvals
    timeline: ports.Timeline
    environments: ports.Environments


@pytest.fixture(params=["fake", "dynamodb"])
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    if request.param == "fake":
        plane = ControlPlane()
        yield Memory(
            plane.deliveries, plane.refs, plane.runs, plane.releases, plane.deployments, plane.leases, plane.approvals, plane.timeline, plane.environments
        )
        return
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    with corrected(), mock_aws():
        aws.client.cache_clear()
        boto3.client("dynamodb").create_table(
            TableName="slipway",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        )
        table = Table("slipway")
        yield Memory(
            DynamoDeliveries(table),
            DynamoRefs(table),
            DynamoRuns(table),
            DynamoReleases(table),
            DynamoDeployments(table),
            DynamoLeases(table),
            DynamoApprovals(table),
            DynamoTimeline(table),
            DynamoEnvironments(table),
        )
    aws.client.cache_clear()
