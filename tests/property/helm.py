"""Helm and a namespace that several calls use at the same time, each of which may be killed in the middle of a change: that leaves a `pending-*` revision."""

from collections.abc import Callable, Sequence
from typing import Any

from slipway.domain.environment import Environment
from slipway.ports import HelmFailed, HelmRelease
from tests.fakes.world import FakeCluster
from tests.property.scheduling import Call

LOOKS = 4
"""At the lease, while Helm is at work."""
Watch = Callable[[str, tuple[Any, ...], Any], None]


class PlayedNamespace(FakeCluster):
    """Like a real Helm, it writes down what it is about to do before it does it."""

    def _work(self, commit: str) -> None:
        self._unless_stopped("pending-upgrade" if self.revisions else "pending-install", commit)

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed:
        commit = next(found.commit for found in self.revisions if found.revision == revision)
        self._unless_stopped("pending-rollback", commit)
        return self._deploy(commit)

    def _unless_stopped(self, status: str, commit: str) -> None:
        self._append(status, commit)
        try:
            for _ in range(LOOKS):
                self.check()
        except Exception:
            self.revisions.pop()
            self._append("failed", commit)
            raise
        self.revisions.pop()


class PlayedCharts:
    """What one call does with Helm; `watch` is told before each change."""

    def __init__(self, namespace: PlayedNamespace, call: Call, watch: Watch, check: Callable[[], None]) -> None:
        self._namespace, self._call, self._watch, self._check = namespace, call, watch, check

    def history(self, name: str) -> Sequence[HelmRelease]:
        return self._namespace.history(name)

    def workloads(self, name: str) -> Sequence[str]:
        return self._namespace.workloads(name)

    def upgrade(self, *arguments: Any) -> HelmRelease | HelmFailed:
        return self._changed().upgrade(*arguments)

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed:
        return self._changed().rollback(name, revision)

    def uninstall(self, name: str) -> None:
        self._changed().uninstall(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._namespace, name)

    def _changed(self) -> PlayedNamespace:
        self._call.reach()
        self._watch("changes", (), None)
        self._namespace.check = self._check
        return self._namespace


class PlayedClusters:
    def __init__(self, namespace: PlayedNamespace, call: Call, watch: Watch) -> None:
        self._namespace, self._call, self._watch = namespace, call, watch

    def charts(self, environment: Environment, check: Callable[[], None] = lambda: None) -> PlayedCharts:
        return PlayedCharts(self._namespace, self._call, self._watch, check)

    def cluster(self, environment: Environment) -> PlayedNamespace:
        return self._namespace
