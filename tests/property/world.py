"""The real steps on a memory of one's choice, called by a played Step Functions, one call of a port at a time."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol
from unittest.mock import patch

from slipway.domain.deployment import Deployment, DeployRequest, Kind
from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.errors import InvalidInput, SlipwayError
from slipway.ports import Deployments, HelmRelease
from slipway.steps.fence import Fence
from tests.fakes.control_plane import CALL, GOOD, NOW, ControlPlane
from tests.fakes.world import admitted
from tests.property.helm import PlayedClusters, PlayedNamespace
from tests.property.scheduling import TO_ITS_END, Call, Killed, Stage
from tests.property.step_functions import Execution, PlayedWorkflows

APP = "sample-app"
REPAIR_WAITS = timedelta(seconds=3)
"""How long Repair waits for a call to land before it fails, to be called again."""
EXPECTED = (SlipwayError, Killed)
STAGED = ("leases", "deployments", "environments", "approvals", "workflows")
"""Ports whose every call takes a turn."""
Memory = Callable[[Call | None], Mapping[str, Any]]
"""Real ports that take turns by themselves, as one call sees them; without turns for None."""


class Property(Protocol):
    """Looks at everything that happens, and says what must not."""

    def saw(self, call: Call, port: str, method: str, arguments: tuple[Any, ...], result: Any) -> None: ...

    def call_ended(self, call: Call) -> None: ...


class World:
    """Everything in one environment. `memory` gives real adapters for some of the fakes; `staged` names further ports whose calls take turns."""

    def __init__(self, environment: str, *, memory: Memory | None = None, staged: Sequence[str] = ()) -> None:
        self.environment, self.staged = environment, (*STAGED, *staged)
        self.calls: list[Call] = []
        self.deadlines: dict[Call, datetime] = {}
        self.wrong: list[str] = []
        self.properties: list[Property] = []
        self.now = NOW
        self.namespace = PlayedNamespace()
        self.workflows = PlayedWorkflows(self.start, lambda: self.now)
        self.plane = ControlPlane(workflows=self.workflows)
        for other in {"dev", "stage", "prod"} - {environment}:
            self.plane.configurations.remove_target(other)
        self.memory: Memory = memory or (lambda call: {})
        self.outside: dict[str, Any] = {name: getattr(self.plane, name) for name in STAGED} | dict(self.memory(None))

    # What the test lets happen

    def start(self, step: str, request: Mapping[str, object]) -> Call:
        """A call of the step begins; it does nothing until it is its turn."""
        call = Call(f"{step} {dict(request)}", lambda call: self._seen_by(call).run_step(step, request))
        self.calls.append(call)
        return call

    def deploy(self, name: str, kind: Kind, commit: str, asked_at: datetime, pusher: str = "linus") -> Execution:
        request = DeployRequest(name, f"run of {name}", APP, self.environment, commit, kind, name, pusher, f"{name} was asked for", asked_at)
        self.make_ready(commit)
        return self.workflows.start_named(request)

    def go(self, call: Call, calls: int = TO_ITS_END) -> None:
        self.deadlines.setdefault(call, self.now + CALL)
        call.go(calls)
        if call.has_ended:
            self._end(call)
        elif calls >= TO_ITS_END:
            self.wrong.append(f"{call.name} runs in circles")

    def kill(self, call: Call, *, again: bool) -> None:
        """`again`: Step Functions calls the function anew, if a task of its wants to know the answer."""
        if not again:
            for execution in self.workflows.executions.values():
                if execution.call is call:
                    execution.give_up_retrying()
        call.kill()
        self._end(call)

    def pass_time(self, much: timedelta) -> None:
        """Lambda ends what runs for too long; tasks that wait for too long time out."""
        self.now += much
        for call in self.at_work:
            if self.now >= self.deadlines.get(call, NOW):
                self.kill(call, again=True)
        for execution in list(self.workflows.executions.values()):
            execution.time_passed()

    def finish(self) -> None:
        """Everything that has begun comes to its end, and what follows from that, too."""
        for _ in range(TO_ITS_END):
            if not (waiting := self.at_work):
                return
            self.go(waiting[0])
        self.wrong.append("It never ends.")

    def sweep(self) -> None:
        """One sweep alone, and nothing that follows from it."""
        call = self.start("sweep", {})
        self.go(call)
        if call.error is not None or call.result["failed"]:
            self.wrong.append(f"The sweep failed: {call.error or call.result['failed']}")

    # What is there

    @property
    def at_work(self) -> list[Call]:
        return [call for call in self.calls if not call.has_ended]

    @property
    def lease(self) -> Any:
        return self.outside["leases"].read(APP, self.environment)

    def deployment(self, name: str) -> Deployment | None:
        deployments: Deployments = self.outside["deployments"]
        try:
            return deployments.get(name)
        except InvalidInput:
            return None

    def make_ready(self, commit: str) -> None:
        self.plane.releases.save(admitted(APP, commit, f"sha256:{commit}", f"sha256:{commit}"))

    def make_live(self, commit: str = GOOD) -> None:
        """The environment runs the commit well, as Helm's first revision, by a deployment that has ended."""
        self.make_ready(commit)
        self.namespace.revisions.append(HelmRelease(1, "deployed", commit))
        healthy = HealthyRelease(commit, f"sha256:{commit}", (commit[:12],), (1,), NOW)
        lease, _ = self.outside["leases"].acquire(APP, self.environment, "the first", "token", NOW, asked_at=NOW - timedelta(days=1), first=True)
        state = EnvironmentState(live=commit, last_good=commit)
        self.outside["environments"].record(APP, self.environment, state, "the first", lease.epoch, healthy)
        self.outside["leases"].release(APP, self.environment, "the first")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """`Fence.check` says to the properties whom it has let through; at the end nobody is at work any more."""
        check = Fence.check

        def seen(fence: Fence) -> None:
            check(fence)
            if isinstance(fence.leases, Stage):
                fence.leases.watch("let through", (fence.deployment.identity, fence.epoch), None)

        with patch.object(Fence, "check", seen):
            try:
                yield
            finally:
                for call in self.at_work:
                    call.kill()

    def _seen_by(self, call: Call) -> Any:
        """The control plane, as one call sees it."""
        seen: Any = copy.copy(self.plane)
        real = self.memory(call)
        for name in self.staged:
            port = real.get(name, getattr(self.plane, name))
            setattr(seen, name, Stage(port, call, partial(self._watch, call, name), turns=name not in real))
        seen.clusters = PlayedClusters(self.namespace, call, partial(self._watch, call, "clusters"))
        seen.clock = lambda: self.now
        seen.call_ends = lambda: self.now + REPAIR_WAITS

        def pause() -> None:
            call.reach()
            self.now += timedelta(seconds=1)

        seen.pause = pause
        return seen

    def _watch(self, call: Call, port: str, method: str, arguments: tuple[Any, ...], result: Any) -> None:
        for found in self.properties:
            found.saw(call, port, method, arguments, result)

    def _end(self, call: Call) -> None:
        """Its execution goes on from there. A step lets out only what Step Functions knows."""
        if call.error is not None and not isinstance(call.error, EXPECTED):
            self.wrong.append(f"{call.name} let out {type(call.error).__name__}: {call.error}")
        for found in self.properties:
            found.call_ended(call)
        self.calls.remove(call)
        for execution in list(self.workflows.executions.values()):
            execution.call_ended(call)
