"""The real state machines, interpreted, with the real steps on top of the fakes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from slipway.domain.approval import Choice
from slipway.domain.deployment import Deployment, DeployRequest
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.ports import HelmRelease
from slipway.steps.vote import Voted, VoteRequest, vote
from tests.fakes.control_plane import GOOD, NOW, ControlPlane
from tests.fakes.world import FakeWorkflows, admitted
from twin.aws.interpreter import Ended, Interpreter, interpreter

DEFINITIONS = Path("statemachines")


@dataclass
class AnsweringWorkflows(FakeWorkflows):
    """Task tokens are answered through the interpreter, as the adapter does it."""

    machines: Interpreter | None = None

    def is_running(self, execution: str) -> bool:
        assert self.machines is not None
        try:
            return bool(self.machines.states.describe_execution(executionArn=execution)["status"] == "RUNNING")
        except self.machines.states.exceptions.ExecutionDoesNotExist:
            return False

    def succeed(self, token: str, output: Any) -> bool:
        assert self.machines is not None
        try:
            self.machines.states.send_task_success(taskToken=token, output=json.dumps(output))
        except self.machines.states.exceptions.TaskTimedOut:
            return False
        return super().succeed(token, output)

    def start_deploy(self, request: DeployRequest) -> bool:
        assert self.machines is not None
        try:
            self.machines.start("slipway-deploy", to_jsonable_python(request), execution=request.deployment)
        except self.machines.states.exceptions.ExecutionAlreadyExists:
            return False
        return super().start_deploy(request)

    def fail(self, token: str, error: str, cause: str) -> bool:
        assert self.machines is not None
        try:
            self.machines.states.send_task_failure(taskToken=token, error=error, cause=cause)
        except self.machines.states.exceptions.TaskTimedOut:
            return False
        return super().fail(token, error, cause)


@dataclass
class Slipway:
    plane: ControlPlane
    machines: Interpreter
    functions: dict[str, Any]
    moments: Iterator[datetime] = field(default_factory=lambda: (NOW + timedelta(seconds=second) for second in count()))
    """When each deployment is asked for: one after the other."""

    def arn(self, deployment: str) -> str:
        """Of the `deploy` execution of that name."""
        return f"{self.machines.state_machine_arn('slipway-deploy').replace(':stateMachine:', ':execution:')}:{deployment}"

    def deploy(self, commit: str, environment: str = "dev", execution: str | None = None, **more: object) -> Ended:
        return self.machines.ended(self.start_deploy(commit, environment, execution, **more))

    def start_deploy(self, commit: str, environment: str = "dev", execution: str | None = None, **more: object) -> str:
        """Starts `deploy` as `release` does; the execution's ARN."""
        name = execution or f"run-{commit[:6]}-{environment}"
        request = {
            "deployment": name, "run": "run-1", "service": "sample-app", "environment": environment, "commit": commit,
            "kind": "release", "version": commit[:12], "pusher": "ada", "cause": "a push", "asked_at": next(self.moments).isoformat(), "round": 1, **more,
        }  # fmt: skip
        return self.machines.start("slipway-deploy", request, execution=name)

    def make_busy(self, deployment: str, environment: str) -> None:
        """Another deployment has the environment's lease."""
        plane = self.plane
        plane.deployments.open(Deployment(deployment, "run-0", "sample-app", environment, GOOD, self.arn(deployment)), NOW)
        granted = plane.leases.acquire("sample-app", environment, deployment, "their-token", NOW, asked_at=NOW)
        plane.leases.answered("sample-app", environment, granted[0].epoch)

    def start_approval(self, commit: str, version: str = "v1.0.0", execution: str = "to-prod", pusher: str = "ada") -> str:
        """Starts a deployment to prod of a commit that ran in stage, and waits until people are asked; the execution's ARN."""
        self.make_ready(commit)
        healthy = HealthyRelease(commit, f"sha256:{commit}", (commit[:12],), (1,), NOW)
        self.plane.environments.releases["sample-app", "stage", commit] = healthy
        arn = self.start_deploy(commit, "prod", execution, version=version, pusher=pusher)
        self.machines.until(lambda: "asked" in self.plane.timeline.kinds(f"DEPLOYMENT#{execution}"))
        return arn

    def vote(self, person: str, choice: str = "approve", reason: str = "", approval: str = "to-prod") -> Voted:
        request = VoteRequest(approval, person, Choice(choice), reason)
        plane = self.plane
        return vote(
            request,
            configurations=plane.configurations,
            deployments=plane.deployments,
            approvals=plane.approvals,
            workflows=plane.workflows,
            timeline=plane.timeline,
            now=plane.clock(),
        )

    def rollback(self, request: object, execution: str = "rollback-1") -> Ended:
        return self.machines.run("slipway-rollback", request, execution=execution)

    def release(self, commit: str, ref: str = "refs/heads/develop", run: str = "run-1") -> Ended:
        return self.machines.run("slipway-release", {"run": run, "service": "sample-app", "ref": ref, "commit": commit}, execution=run)

    def make_ready(self, *commits: str) -> None:
        for commit in commits:
            self.plane.releases.save(admitted("sample-app", commit, f"sha256:{commit}", f"sha256:{commit}"))

    def make_live(self, commit: str, environment: str = "dev", version: str = "", at: datetime = NOW) -> None:
        """The environment runs the commit well, as Helm's next revision."""
        self.make_ready(commit)
        revisions = self.plane.clusters.revisions
        revisions[:] = [replace(revision, status="superseded") for revision in revisions]
        revisions.append(HelmRelease(len(revisions) + 1, "deployed", commit))
        before = self.plane.environments.state("sample-app", environment).live
        self.plane.environments.states["sample-app", environment] = EnvironmentState(live=commit, last_good=commit)
        healthy = HealthyRelease(commit, f"sha256:{commit}", (version or commit[:12],), (len(revisions),), at, before)
        self.plane.environments.releases["sample-app", environment, commit] = healthy

    def fail_once(self, function: str, error: str) -> None:
        """The next call of the function raises an error of that name instead of doing anything."""
        whole = self.functions[function]

        def failing(event: dict[str, object]) -> object:
            self.functions[function] = whole
            raise type(error, (Exception,), {})("as the test wants it")

        self.functions[function] = failing

    def fail_always(self, function: str, error: str) -> None:
        def failing(event: dict[str, object]) -> object:
            raise type(error, (Exception,), {})("as the test wants it")

        self.functions[function] = failing

    @property
    def lease_owner(self) -> str:
        return self.plane.leases.read("sample-app", "dev").owner


@pytest.fixture
def slipway() -> Iterator[Slipway]:
    workflows = AnsweringWorkflows()
    plane = ControlPlane(workflows=workflows)
    functions: dict[str, Any] = dict(plane.functions())
    # A direct Lambda task and a token task call through this dictionary, so a test may replace a function while it runs.
    with interpreter(functions, pace=0.02) as machines:
        workflows.machines = machines
        arns = {f"{_pascal(name)}FunctionArn": machines.function_arn(name) for name in functions}
        arns["DeployStateMachineArn"] = machines.state_machine_arn("slipway-deploy")
        machines.create("slipway-deploy", DEFINITIONS / "deploy.asl.yaml", arns)
        machines.create("slipway-rollback", DEFINITIONS / "rollback.asl.yaml", arns)
        machines.create("slipway-release", DEFINITIONS / "release.asl.yaml", arns)
        result = Slipway(plane, machines, functions)
        result.make_ready(GOOD)
        yield result


def _pascal(function: str) -> str:
    return "".join(word.title() for word in function.removeprefix("slipway-").split("-"))
