"""Helm and the Kubernetes cluster of an environment."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from slipway.domain.environment import Environment
from slipway.domain.rollout import Workload
from slipway.domain.smoke import Answer


@dataclass(frozen=True)
class HelmRelease:
    """A revision of a Helm release. `status` is Helm's word: deployed, superseded, failed, pending-upgrade ..."""

    revision: int
    status: str
    commit: str = ""

    @property
    def pending(self) -> bool:
        return self.status.startswith("pending-")


@dataclass(frozen=True)
class HelmFailed:
    """Helm, or the API server behind it, said no. `message` is the line that says why, without values of Secrets."""

    message: str


class Charts(Protocol):
    """Helm in one namespace. Every method raises TemporarilyUnavailable when the cluster can't be reached."""

    def history(self, name: str) -> Sequence[HelmRelease]:
        """Oldest first; empty when nothing is installed."""

    def upgrade(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str, commit: str) -> HelmRelease | HelmFailed:
        """Install or upgrade, without waiting for the rollout. The revision's description carries the commit."""

    def render(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str) -> str | HelmFailed:
        """The manifest that `upgrade` would apply, but for what the chart looks up in the cluster; nothing is changed. It holds secrets: compare it, never
        show it.
        """

    def looks_up(self, chart: Path) -> bool:
        """Whether the chart may look things up in the cluster while it is rendered, so that `render` shows it without them."""

    def manifest(self, name: str) -> str:
        """What is deployed now, empty when nothing is. It holds secrets, too."""

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed: ...

    def uninstall(self, name: str) -> None:
        """Remove the release and its history; nothing to remove is fine."""

    def workloads(self, name: str) -> Sequence[str]:
        """The Deployments of the newest revision's manifest."""


@dataclass(frozen=True)
class ObjectName:
    """What a manifest calls an object; `namespace` is empty where the manifest leaves it to the deployment."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""


class Cluster(Protocol):
    """One namespace of a Kubernetes cluster."""

    def watch(self, deployments: Sequence[str], until: datetime) -> Iterator[Sequence[Workload]]:
        """The workloads now, again at every change of a Deployment or pod, and every few seconds without one, until the moment given."""

    def ready_pods(self, deployments: Sequence[str]) -> Sequence[str]: ...

    def get(self, pod: str, path: str) -> Answer:
        """A GET through the API server's pod proxy to the pod's first port; status 0 when the pod doesn't answer."""

    def last_lines(self, pod: str, container: str) -> str:
        """The end of a container's log, of its previous run when it ended; at most 2 KB, empty when there is none."""

    def objects(self, names: Sequence[ObjectName]) -> Mapping[ObjectName, Mapping[str, Any] | None]:
        """Objects of the namespace as they are, with their `managedFields`; None for one that isn't there. They hold secrets: compare them, never show them.

        What the environment's role may not read, and what lies elsewhere, is left out of the answer.
        """


class Clusters(Protocol):
    """The way into an environment, by the environment's own role."""

    def charts(self, environment: Environment, check: Callable[[], None] | None = None) -> Charts:
        """`check` is called every few seconds while Helm runs; what it raises stops Helm, which is given time to end well, and is raised then."""

    def cluster(self, environment: Environment) -> Cluster: ...
