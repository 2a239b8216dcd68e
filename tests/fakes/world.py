"""Builds, registry, Helm and cluster in memory: what the steps change, and what the tests make go wrong."""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from slipway.domain.admission import Finding, Scan, ScanState
from slipway.domain.approval import Approval
from slipway.domain.deployment import DeployRequest
from slipway.domain.environment import Environment, Person, Service
from slipway.domain.plan import PlanDocument
from slipway.domain.release import Release, ReleaseState
from slipway.domain.rollout import Container, Pod, Workload
from slipway.domain.smoke import Answer
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.ports import BuildResult, HelmFailed, HelmRelease, ObjectName


@dataclass
class FakeWorkflows:
    """Remembers what was started and answered; a token is good for one answer. `gone` holds tokens nobody waits with, `ended` ARNs of executions."""

    started: dict[str, Mapping[str, object]] = field(default_factory=dict)
    deployments: dict[str, DeployRequest] = field(default_factory=dict)
    answers: dict[str, Mapping[str, object]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    unreachable: bool = False

    def is_running(self, execution: str) -> bool:
        return execution not in self.ended

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        if name in self.started:
            return False
        self.started[name] = request
        return True

    def start_deploy(self, request: DeployRequest) -> bool:
        if request.deployment in self.deployments:
            return False
        self.deployments[request.deployment] = request
        return True

    def release_execution(self, run: str) -> str:
        return f"arn:aws:states:us-east-1:123456789012:execution:slipway-release:{run}"

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        if self.unreachable:
            raise TemporarilyUnavailable("Step Functions doesn't answer")
        if token in self.gone:
            return False
        self.gone.add(token)
        self.answers[token] = output
        return True

    def fail(self, token: str, error: str, cause: str) -> bool:
        if token in self.gone:
            return False
        self.gone.add(token)
        self.failures[token] = error
        return True


@dataclass
class FakeBuilds:
    results: dict[str, BuildResult] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def start(self, service: Service, commit: str, attempt: int) -> str:
        identity = f"slipway-build:{commit}-{attempt}"
        if identity not in self.started:
            self.started.append(identity)
        return identity

    def result(self, build: str) -> BuildResult | None:
        return self.results.get(build)


@dataclass
class FakeRegistry:
    """`scans` goes by digest; an image that isn't there was scanned, and nothing was found."""

    digests: dict[str, str] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)

    def digest(self, service: str, commit: str) -> str:
        return self.digests.get(commit, "")

    def tag(self, service: str, digest: str, commit: str) -> bool:
        if digest in self.digests.values():
            self.digests.setdefault(commit, digest)
        return self.digests.get(commit) == digest

    def scan(self, service: str, digest: str) -> Scan:
        return self.scans.get(digest, Scan(ScanState.FINISHED))

    def reference(self, service: str) -> str:
        return f"registry.example/{service}"


@dataclass
class FakeAdvisories:
    """By commit. Unless a test says otherwise, a commit was audited and nothing is known against its packages."""

    known: dict[str, Sequence[Finding] | None] = field(default_factory=dict)

    def read(self, service: str, commit: str) -> Sequence[Finding] | None:
        return self.known.get(commit, ())


class FakeSignatures:
    """Signs with a secret of its own: only what it has signed is valid."""

    def sign(self, statement: bytes) -> str:
        return hmac.new(b"admission", statement, "sha256").hexdigest()

    def is_valid(self, statement: bytes, signature: str) -> bool:
        return hmac.compare_digest(self.sign(statement).encode(), signature.encode())


def admitted(service: str, commit: str, image: str, bundle: str) -> Release:
    """A release as Admit leaves it."""
    release = Release(service, commit, ReleaseState.READY, "build", image, bundle)
    return replace(release, signature=FakeSignatures().sign(release.statement))


@dataclass
class FakeMails:
    """Remembers who was asked about what. `refused` holds people whose address doesn't work."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    reminded: list[tuple[str, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def ask(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        if person.name in self.refused:
            raise InvalidInput("Address is on the suppression list")
        self.asked.append((person.name, approval.identity))

    def remind(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        if person.name in self.refused:
            raise InvalidInput("Address is on the suppression list")
        self.reminded.append((person.name, approval.identity))


class FakeBundles:
    def unpack(self, digest: str, folder: Path) -> None:
        (folder / "Chart.yaml").write_text("name: sample-app\n")


@dataclass
class FakeCluster:
    """A namespace with Helm in it. `behaviour` says for each commit how its pods do: good, crash, image, sick or stuck.

    Imitates what Slipway reads of Helm's history (statuses, numbering, pending releases) and of pods; leaves out charts.
    """

    behaviour: dict[str, str] = field(default_factory=dict)
    revisions: list[HelmRelease] = field(default_factory=list)
    refuse_upgrade: str = ""
    refuse_render: str = ""
    chart_looks_up: bool = False
    refuse_rollback: str = ""
    upgrades: int = 0
    live_objects: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """By "Kind/name"; None for one that was deleted by hand. Others can't be looked at."""
    objects_unreachable: bool = False
    check: Callable[[], None] = field(default=lambda: None)
    """Called while Helm runs."""
    during_helm: Callable[[], None] = field(default=lambda: None)
    """What happens elsewhere at that moment."""

    def charts(self, environment: Environment, check: Callable[[], None] | None = None) -> "FakeCluster":
        self.check = check or (lambda: None)
        return self

    def cluster(self, environment: Environment) -> "FakeCluster":
        return self

    # Helm

    def history(self, name: str) -> Sequence[HelmRelease]:
        return list(self.revisions)

    def upgrade(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str, commit: str) -> HelmRelease | HelmFailed:
        self.upgrades += 1
        if self.revisions and self.revisions[-1].pending:
            return HelmFailed("another operation (install/upgrade/rollback) is in progress")
        if self.refuse_upgrade:
            self._append("failed", commit)
            return HelmFailed(self.refuse_upgrade)
        self._work(commit)
        return self._deploy(commit)

    def render(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str) -> str | HelmFailed:
        release = values["release"]
        assert isinstance(release, Mapping)
        return HelmFailed(self.refuse_render) if self.refuse_render else _manifest(str(release["commit"]))

    def looks_up(self, chart: Path) -> bool:
        return self.chart_looks_up

    def manifest(self, name: str) -> str:
        return _manifest(self.running) if self.running else ""

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed:
        if self.refuse_rollback:
            return HelmFailed(self.refuse_rollback)
        return self._deploy(next(found.commit for found in self.revisions if found.revision == revision))

    def uninstall(self, name: str) -> None:
        self.revisions = []

    def workloads(self, name: str) -> Sequence[str]:
        return [name]

    def _work(self, commit: str) -> None:
        """A Helm that is stopped marks its revision `failed`."""
        self.during_helm()
        try:
            self.check()
        except Exception:
            self._append("failed", commit)
            raise

    def _deploy(self, commit: str) -> HelmRelease:
        self.revisions = [HelmRelease(found.revision, "superseded" if found.status == "deployed" else found.status, found.commit) for found in self.revisions]
        return self._append("deployed", commit)

    def _append(self, status: str, commit: str) -> HelmRelease:
        self.revisions.append(HelmRelease((self.revisions[-1].revision if self.revisions else 0) + 1, status, commit))
        return self.revisions[-1]

    # Kubernetes

    @property
    def running(self) -> str:
        return next((found.commit for found in reversed(self.revisions) if found.status == "deployed"), "")

    def watch(self, deployments: Sequence[str], until: datetime) -> Iterator[Sequence[Workload]]:
        name, kind = deployments[0], self.behaviour.get(self.running, "good")
        yield [Workload(name, 1, 0, 0, 1, False, ())]
        starting = Pod("pod-1", (Container("app"),))
        yield [Workload(name, 1, 1, 0, 1, True, (starting,))]
        match kind:
            case "good" | "sick":
                yield [Workload(name, 1, 1, 1, 1, True, (Pod("pod-1", (Container("app"),), ready=True),))]
            case "crash":
                for count in (1, 2):
                    crashed = Container("app", terminations=count, exit_code=3, termination_reason="Error")
                    yield [Workload(name, 1, 1, 0, 1, True, (Pod("pod-1", (crashed,)),))]
            case "image":
                waiting = Container("app", waiting_reason="ErrImagePull", waiting_message="digest mismatch")
                yield [Workload(name, 1, 1, 0, 1, True, (Pod("pod-1", (waiting,)),))]

    def ready_pods(self, deployments: Sequence[str]) -> Sequence[str]:
        return ["pod-1"]

    def get(self, pod: str, path: str) -> Answer:
        if self.behaviour.get(self.running) == "sick" and path == "/":
            return Answer(500, text="Internal Server Error")
        return Answer(200, {"commit": self.running})

    def last_lines(self, pod: str, container: str) -> str:
        return "exiting, as asked"

    def objects(self, names: Sequence[ObjectName]) -> Mapping[ObjectName, Mapping[str, Any] | None]:
        if self.objects_unreachable:
            raise TemporarilyUnavailable("the cluster doesn't answer")
        return {name: self.live_objects[f"{name.kind}/{name.name}"] for name in names if f"{name.kind}/{name.name}" in self.live_objects}


def _manifest(commit: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: app}}\ndata: {{commit: {commit}}}\n"
