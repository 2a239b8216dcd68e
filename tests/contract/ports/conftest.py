"""Each suite runs against the fake and against the real adapter on moto's DynamoDB, so that a fake can't lie. Charts are tried on an API server."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway import ports
from slipway.adapters.dynamodb.approvals import DynamoApprovals
from slipway.adapters.dynamodb.deliveries import DynamoDeliveries
from slipway.adapters.dynamodb.deployments import DynamoDeployments
from slipway.adapters.dynamodb.environments import DynamoEnvironments
from slipway.adapters.dynamodb.leases import DynamoLeases
from slipway.adapters.dynamodb.refs import DynamoRefs
from slipway.adapters.dynamodb.releases import DynamoReleases
from slipway.adapters.dynamodb.runs import DynamoRuns
from slipway.adapters.dynamodb.timeline import DynamoTimeline
from tests.contract.account import account, make_table
from tests.contract.ports.namespaces import Namespace, api_server
from tests.fakes.control_plane import ControlPlane


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
    with account(monkeypatch):
        table = make_table()
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


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with api_server(tmp_path_factory.mktemp("cluster")) as administrators:
        yield administrators


@pytest.fixture
def namespace(kubeconfig: Path) -> Namespace:
    """Of one test."""
    found = Namespace(kubeconfig, f"sample-{uuid.uuid4().hex[:10]}")
    found.kubectl("create", "namespace", found.name)
    return found
