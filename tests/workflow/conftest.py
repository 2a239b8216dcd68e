"""The real state machines, interpreted, with the real steps on top of the fakes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipway.domain.environment import EnvironmentState
from slipway.domain.release import Release, ReleaseState
from slipway.ports import HelmRelease
from tests.fakes.control_plane import GOOD, ControlPlane
from tests.fakes.world import FakeWorkflows
from twin.aws.interpreter import Ended, Interpreter, interpreter

DEFINITIONS = Path("statemachines")


@dataclass
class AnsweringWorkflows(FakeWorkflows):
    """Task tokens are answered through the interpreter, as the adapter does it."""

    machines: Interpreter | None = None

    def succeed(self, token: str, output: Any) -> bool:
        assert self.machines is not None
        self.machines.states.send_task_success(taskToken=token, output=json.dumps(output))
        return super().succeed(token, output)

    def fail(self, token: str, error: str, cause: str) -> bool:
        assert self.machines is not None
        self.machines.states.send_task_failure(taskToken=token, error=error, cause=cause)
        return super().fail(token, error, cause)


@dataclass
class Slipway:
    plane: ControlPlane
    machines: Interpreter
    functions: dict[str, Any]

    def deploy(self, commit: str, environment: str = "dev", execution: str | None = None) -> Ended:
        name = execution or f"run-{commit[:6]}-{environment}"
        request = {"deployment": name, "run": "run-1", "service": "sample-app", "environment": environment, "commit": commit}
        return self.machines.run("slipway-deploy", request, execution=name)

    def release(self, commit: str, ref: str = "refs/heads/develop", run: str = "run-1") -> Ended:
        return self.machines.run("slipway-release", {"run": run, "service": "sample-app", "ref": ref, "commit": commit}, execution=run)

    def make_ready(self, *commits: str) -> None:
        for commit in commits:
            self.plane.releases.save(Release("sample-app", commit, ReleaseState.READY, "build", f"sha256:{commit}", f"sha256:{commit}"))

    def make_live(self, commit: str) -> None:
        """The environment dev runs the commit well, as Helm's revision 1."""
        self.make_ready(commit)
        self.plane.clusters.revisions = [HelmRelease(1, "deployed", commit)]
        self.plane.environments.states["sample-app", "dev"] = EnvironmentState(live=commit, last_good=commit)

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
        machines.create("slipway-release", DEFINITIONS / "release.asl.yaml", arns)
        result = Slipway(plane, machines, functions)
        result.make_ready(GOOD)
        yield result


def _pascal(function: str) -> str:
    return "".join(word.title() for word in function.removeprefix("slipway-").split("-"))
