"""All fakes together, and the steps on top of them by the names of their Lambda functions."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from slipway.adapters.configuration import parse
from slipway.domain.environment import Configuration
from slipway.ports import Workflows
from tests.fakes.code_host import FakeChangedRefs, FakeDeliveryLog, FakeRefs
from tests.fakes.commits import FakeCommits
from tests.fakes.memory import (
    FakeApprovals,
    FakeAudit,
    FakeConfigurations,
    FakeDeliveries,
    FakeDeployments,
    FakeEnvironments,
    FakeLeases,
    FakeReleases,
    FakeRuns,
    FakeTimeline,
)
from tests.fakes.plans import FakeGateReports, FakePlans
from tests.fakes.telling import FakeNotices, FakeTellings
from tests.fakes.world import FakeAdvisories, FakeBuilds, FakeBundles, FakeCluster, FakeMails, FakeRegistry, FakeSignatures, FakeWorkflows

CONFIGURATION = """
people:
  ada: {email: ada@example.com, github: ada, aws: "arn:aws:iam::*:user/ada"}
  grace: {email: grace@example.com, github: grace, aws: "arn:aws:iam::*:user/grace"}
  linus: {email: linus@example.com}
services:
  sample-app:
    repository: acme/sample-app
    chart: helm/sample-app
    environments:
      dev: {on: {branches: [main, develop]}}
      stage: {on: {branches: [main, stage]}}
      prod:
        on: {tags: ["v*"]}
        requires: {ran_in: stage}
        approval: {approvers: [ada, grace], required: 1, expires: 24h}
    smoke:
      - {get: /, expect: {json: {commit: "{{ release.commit }}"}}}
environments:
  dev: {cluster: slipway, namespace: sample-dev, values: values-dev.yaml, role: slipway-environment-dev}
  stage: {cluster: slipway, namespace: sample-stage, values: values-stage.yaml, role: slipway-environment-stage}
  prod: {cluster: slipway, namespace: sample-prod, values: values-prod.yaml, role: slipway-environment-prod}
"""
STEPS = (
    "open_run", "build", "admit", "close_run", "plan", "acquire_lease", "apply",
    "watch_rollout", "smoke_test", "restore_previous", "verify_restored", "record", "release_lease",
    "await_approval", "choose_target", "confirm_plan",
)  # fmt: skip
GOOD, BETTER, BAD = "a" * 40, "b" * 40, "c" * 40
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CALL = timedelta(minutes=5)
"""How long a function may run."""


@cache
def configuration() -> Configuration:
    return parse(CONFIGURATION, "slipway.yaml")


@cache
def _adapter(request_type: type) -> TypeAdapter[Any]:
    return TypeAdapter(request_type)


@dataclass
class ControlPlane:
    """Give `ports(...)` to a step, or `function(name)` to an interpreter of state machines."""

    workflows: Workflows = field(default_factory=FakeWorkflows)
    configurations: FakeConfigurations = field(default_factory=lambda: FakeConfigurations(configuration()))
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    runs: FakeRuns = field(default_factory=FakeRuns)
    releases: FakeReleases = field(default_factory=FakeReleases)
    deployments: FakeDeployments = field(default_factory=FakeDeployments)
    leases: FakeLeases = field(default_factory=FakeLeases)
    approvals: FakeApprovals = field(default_factory=FakeApprovals)
    plans: FakePlans = field(default_factory=FakePlans)
    gate_reports: FakeGateReports = field(default_factory=FakeGateReports)
    commits: FakeCommits = field(default_factory=FakeCommits)
    mails: FakeMails = field(default_factory=FakeMails)
    audit: FakeAudit = field(default_factory=FakeAudit)
    timeline: FakeTimeline = field(default_factory=FakeTimeline)
    builds: FakeBuilds = field(default_factory=FakeBuilds)
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    advisories: FakeAdvisories = field(default_factory=FakeAdvisories)
    signatures: FakeSignatures = field(default_factory=FakeSignatures)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    clusters: FakeCluster = field(default_factory=FakeCluster)
    changed_refs: FakeChangedRefs = field(default_factory=FakeChangedRefs)
    delivery_log: FakeDeliveryLog = field(default_factory=FakeDeliveryLog)
    tellings: FakeTellings = field(default_factory=FakeTellings)
    notices: FakeNotices = field(default_factory=FakeNotices)
    environments: FakeEnvironments = field(init=False)
    refs: FakeRefs = field(init=False)
    seconds_per_look: float = 0.0
    """How far the clock moves each time somebody looks at it."""

    meanwhile: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        self.environments = FakeEnvironments(self.leases)
        self.refs = self.deliveries.refs
        self.approvals.audit = self.audit
        self._now = NOW

    def clock(self) -> datetime:
        self._now += timedelta(seconds=self.seconds_per_look)
        return self._now

    def call_ends(self) -> datetime:
        """When the Lambda call that a step runs in has to answer."""
        return self._now + timedelta(minutes=4)

    def later(self, by: timedelta) -> None:
        """Time passes while nothing runs."""
        self._now += by

    def pause(self) -> None:
        """What a step waits between two looks: the clock moves on, and others may do something meanwhile."""
        self._now += timedelta(seconds=1)
        self.meanwhile()

    def run_step(self, name: str, request: Mapping[str, object]) -> Any:
        """Parse as the handler does, run the step with the ports that it asks for, serialise as the handler does."""
        module = import_module(f"slipway.steps.{name}")
        step: Callable[..., object] = getattr(module, name)
        signature = inspect.signature(step)
        request_type = signature.parameters["request"].annotation
        given = {"now": self.clock(), "clock": self.clock, "call_ends": self.call_ends(), "killed_at": self.clock() + CALL, "pause": self.pause}
        ports = {port: given.get(port, getattr(self, port, None)) for port in signature.parameters if port != "request"}
        return to_jsonable_python(step(_adapter(request_type).validate_python(request), **ports))

    def functions(self) -> dict[str, Callable[[dict[str, object]], object]]:
        """A callable for each Lambda function, by the function's name in `template.yaml`."""
        return {f"slipway-{name.replace('_', '-')}": lambda event, name=name: self.run_step(name, event) for name in STEPS}  # type: ignore[misc]
