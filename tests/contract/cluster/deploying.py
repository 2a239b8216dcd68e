"""Deployments with the real state machines, steps, Helm and cluster; only what AWS stores is kept in memory. Used by the tests of this folder."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipway.adapters import aws
from slipway.adapters.eks import EksClusters
from slipway.adapters.helm import HelmCharts
from slipway.domain.environment import Configuration, Environment
from tests.contract.cluster.changes import Change
from tests.contract.cluster.parts import IMAGE, ROOT, TOOLS, ClusterProcesses, cluster_processes
from tests.fakes.control_plane import ControlPlane, configuration
from tests.fakes.world import admitted
from tests.workflow.conftest import AnsweringWorkflows
from twin.aws import server
from twin.aws.foundation import Foundation, build_foundation
from twin.aws.interpreter import Ended, Interpreter, interpreter

SERVICE = "sample-app"
NAMES = ("dev", "stage", "prod")
PATIENCE_SECONDS = 90
Objects = dict[str, dict[str, Any]]
"""By kind and name (`ConfigMap/sample-app`)."""


class LivePlane(ControlPlane):
    """Watches and tokens go by the real time."""

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def call_ends(self) -> datetime:
        return self.clock() + timedelta(minutes=4)


@dataclass
class ChartFolders:
    """Bundles by digest, as folders."""

    folders: dict[str, Path] = field(default_factory=dict)

    def unpack(self, digest: str, folder: Path) -> None:
        shutil.copytree(self.folders[digest], folder, dirs_exist_ok=True)


@dataclass
class Site:
    """A cluster, and the state machines that deploy to it. `plane` is that of the place which deploys now."""

    cluster: ClusterProcesses
    machines: Interpreter
    workflows: AnsweringWorkflows
    folder: Path
    plane: LivePlane | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def place(self, *environments: str) -> "Place":
        """Namespaces that nobody has used, prepared by `helm/environment` as the twin and operators do it."""
        number = next(self._numbers)
        plain = configuration()
        described = {name: replace(each, namespace=f"place-{number}-{name}") for name, each in plain.environments.items()}
        for name in environments:
            values = f"environment={name},namespace={described[name].namespace},group=slipway:{name}"
            chart = str(ROOT / "helm" / "environment")
            arguments = ("upgrade", "--install", f"environment-{name}-{number}", chart, "--namespace", "platform", "--create-namespace", "--set", values)
            self.cluster.tool("helm", *arguments)
        return Place(self, replace(plain, environments=described), self.folder / f"place-{number}")


@dataclass
class Place:
    """The environments of one test, or of several that leave them as they found them."""

    site: Site
    configuration: Configuration
    folder: Path
    _commits: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.plane = LivePlane(workflows=self.site.workflows)
        self.plane.configurations.configuration = self.configuration
        self.plane.registry.digests = {}
        self.charts_of_commits = ChartFolders()
        self.clusters = EksClusters(server.ACCOUNT)
        ports: dict[str, Any] = {"bundles": self.charts_of_commits, "clusters": self.clusters}
        for name, port in ports.items():
            setattr(self.plane, name, port)

    def environment(self, name: str = "dev") -> Environment:
        return self.configuration.environments[name]

    def charts(self, name: str = "dev") -> HelmCharts:
        """Helm with the rights of an environment."""
        return self.clusters.charts(self.environment(name))

    def release(self, *changes: Change) -> str:
        """A release whose chart is the service's own with these changes; its commit."""
        commit = f"{next(self._commits):x}".rjust(40, "c")
        chart = Path(shutil.copytree(ROOT / "helm" / "sample-app", self.folder / commit))
        for change in changes:
            change(chart)
        bundle = f"sha256:{commit}"
        self.charts_of_commits.folders[bundle] = chart
        self.plane.releases.save(admitted(SERVICE, commit, self.site.cluster.digest, bundle))
        return commit

    def values(self, commit: str, environment: str = "dev") -> Mapping[str, object]:
        """What Slipway tells the chart."""
        digest = self.site.cluster.digest
        return {
            "image": {"repository": f"registry.example/{IMAGE}", "digest": digest},
            "release": {"version": commit[:12], "commit": commit, "digest": digest},
            "environment": environment,
        }

    def deploy(self, commit: str, environment: str = "dev") -> dict[str, Any]:
        """What the deployment's execution says at its end: outcome and reason."""
        return self.ended(self.start(commit, environment))

    def make_live(self, *changes: Change, environment: str = "dev") -> str:
        """Deploy a release with these changes, which has to become live; its commit."""
        commit = self.release(*changes)
        ended = self.deploy(commit, environment)
        assert ended["outcome"] == "live", ended
        return commit

    def start(self, commit: str, environment: str = "dev") -> str:
        """The execution's ARN."""
        self.site.plane = self.plane
        name = f"{self.folder.name}-{next(self._commits)}"
        request = {
            "deployment": name, "run": "run-1", "service": SERVICE, "environment": environment, "commit": commit,
            "kind": "release", "version": commit[-4:], "pusher": "ada", "cause": "a push",
            "asked_at": datetime.now(UTC).isoformat(), "round": 1,
        }  # fmt: skip
        return self.site.machines.start("slipway-deploy", request, execution=name)

    def chart(self, commit: str) -> Path:
        """A copy of the release's chart, to be given to Helm by hand."""
        return Path(shutil.copytree(self.folder / commit, self.folder / f"{commit}-{next(self._commits)}"))

    def rollback(self, environment: str = "dev", **more: object) -> dict[str, Any]:
        self.site.plane = self.plane
        name = f"{self.folder.name}-back-{next(self._commits)}"
        return self.ended(self.site.machines.start("slipway-rollback", {"service": SERVICE, "environment": environment, **more}, execution=name))

    def ended(self, arn: str) -> dict[str, Any]:
        ended: Ended = self.site.machines.ended(arn, seconds=PATIENCE_SECONDS)
        assert ended.status == "SUCCEEDED", ended
        output: dict[str, Any] = ended.output
        return output

    def resume(self, environment: str = "dev") -> None:
        """After a rollback, pushes may come again."""
        self.plane.run_step("resume", {"service": SERVICE, "environment": environment, "actor": "grace"})

    # What is there

    def kubectl(self, *arguments: str, text: str = "", environment: str = "dev") -> str:
        return self.site.cluster.kubectl(*arguments, "--namespace", self.environment(environment).namespace, text=text)

    def objects(self, environment: str = "dev") -> Objects:
        """Every object of the namespace that isn't made by a controller or by Helm for itself, without what the server says of it."""
        return {f"{item['kind']}/{item['metadata']['name']}": _wanted(item) for item in self._items(environment)}

    def identities(self, environment: str = "dev") -> dict[str, tuple[str, str]]:
        """Identity and version of each of these objects: the same only while nothing at all has been written to them.

        But for the quota, whose status is written whenever a pod comes or goes: of it the identity counts.
        """
        return {
            f"{item['kind']}/{item['metadata']['name']}": (
                item["metadata"]["uid"],
                "" if item["kind"] == "ResourceQuota" else item["metadata"]["resourceVersion"],
            )
            for item in self._items(environment)
        }

    def _items(self, environment: str) -> list[dict[str, Any]]:
        return self.site.cluster.listed(self.environment(environment).namespace)


def _wanted(item: dict[str, Any]) -> dict[str, Any]:
    about = item["metadata"]
    notes = {name: value for name, value in about.get("annotations", {}).items() if name != "deployment.kubernetes.io/revision"}
    kept = {name: value for name, value in item.items() if name not in ("metadata", "status")}
    if item["kind"] == "Service":
        kept["spec"] = {name: value for name, value in item["spec"].items() if not name.startswith("clusterIP")}
    return {**kept, "labels": about.get("labels", {}), "annotations": notes}


@contextmanager
def deploying(folder: Path) -> Iterator[Site]:
    """The whole of it, for as many tests as want to share it; moto allows one in a process."""
    workflows, plane = AnsweringWorkflows(), ControlPlane()
    current: list[Site] = []

    def call(name: str) -> Callable[[dict[str, object]], object]:
        def called(event: dict[str, object]) -> object:
            deploying_now = current[0].plane
            assert deploying_now is not None
            return deploying_now.functions()[name](event)

        return called

    functions = {name: call(name) for name in plane.functions()}
    roles = {name: f"arn:aws:iam::{server.ACCOUNT}:role/slipway-environment-{name}" for name in NAMES}
    with (
        pytest.MonkeyPatch.context() as patch,
        interpreter(functions, pace=0.02, patience_seconds=PATIENCE_SECONDS) as machines,
        cluster_processes(folder, machines.endpoint, {role: f"slipway:{name}" for name, role in roles.items()}) as cluster,
    ):
        workflows.machines = machines
        foundation = Foundation({role.split("/")[-1]: "slipway" for role in roles.values()}, frozenset(), frozenset())
        build_foundation(foundation, endpoint=machines.endpoint, kubernetes_endpoint=cluster.endpoint, cluster_ca=cluster.certificate)
        for name, value in _aws(machines.endpoint).items():
            patch.setenv(name, value)
        patch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
        aws.client.cache_clear()
        arns = {f"{_pascal(name)}FunctionArn": machines.function_arn(name) for name in functions}
        arns["DeployStateMachineArn"] = machines.state_machine_arn("slipway-deploy")
        for name in ("deploy", "rollback"):
            machines.create(f"slipway-{name}", ROOT / "statemachines" / f"{name}.asl.yaml", arns)
        current.append(Site(cluster, machines, workflows, folder))
        yield current[0]
    aws.client.cache_clear()


def _aws(endpoint: str) -> Mapping[str, str]:
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": server.REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def _pascal(function: str) -> str:
    return "".join(word.title() for word in function.removeprefix("slipway-").split("-"))
