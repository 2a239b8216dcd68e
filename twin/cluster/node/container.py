"""One container's life: image, start, probes, end, and again. Run by `pod`."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from twin.cluster.client.kinds import Object
from twin.cluster.node.backoff import CrashBackOff, PullBackOff, go_duration
from twin.cluster.node.command import NotExecutable
from twin.cluster.node.environment import PodFacts
from twin.cluster.node.health import Health
from twin.cluster.node.images import ImageRefused
from twin.cluster.node.launch import Launch, NodeServices, StartRefused, prepare
from twin.cluster.node.log_files import LogFiles, last_words
from twin.cluster.node.process import Process
from twin.cluster.node.states import ContainerReport, Running, Terminated, Waiting, now
from twin.cluster.node.surroundings import Surroundings
from twin.cluster.node.termination import terminate

LOG = logging.getLogger(__name__)

AGAIN_AFTER_SECONDS = 10.0
"""Until what is missing is looked for again."""
_PULL_ERROR_SHOWN_SECONDS = 1.0
_START_ERROR = "StartError"
_START_ERROR_CODE = 128
_NO_OUTPUT = Path("/dev/null")
_WHY_NO_LOG = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}


class NoLog(Exception):
    """There is nothing to read; the message is for the person who asked."""


@dataclass(frozen=True)
class Sandbox:
    """What the containers of a pod share: `pod` gives the newest known object, `folder` is the pod's own, `changed` is called when a report would differ."""

    pod: Callable[[], Object]
    facts: PodFacts
    folder: Path
    node: NodeServices
    changed: Callable[[], None]


class Container:
    """`restarts` decides from an exit code whether it is started again; `waits_for` is the reason it waits for before its first start."""

    def __init__(self, spec: Mapping[str, Any], sandbox: Sandbox, restarts: Callable[[int], bool], waits_for: str) -> None:
        self._logs = LogFiles(sandbox.folder / spec["name"])
        self.report = ContainerReport(spec["name"], spec["image"], Waiting(waits_for))
        self._spec = spec
        self._sandbox = sandbox
        self._restarts = restarts
        self._crashes = CrashBackOff()
        self._pulls = PullBackOff()
        self._stopping = asyncio.Event()
        self._run = -1
        self._process: Process | None = None
        self._surroundings: Surroundings | None = None
        self._ending: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until it has ended for good, or `stop` or `kill` was called."""
        ended: Terminated | None = None
        while (launch := await self._launch()) is not None and not self._stopping.is_set():
            begun = asyncio.get_running_loop().time()
            ended = await self._run_once(launch, ended)
            self._note(state=ended, started=False, ready=False)
            if self._stopping.is_set() or not self._restarts(ended.exit_code):
                return
            await self._back_off(ended, asyncio.get_running_loop().time() - begun)
        if ended is not None:
            self._note(state=ended)

    async def stop(self, grace_seconds: float) -> None:
        """End it, and don't start it again. A second call can only make it faster."""
        self._stopping.set()
        await self._end(grace_seconds)

    async def kill(self) -> None:
        self._stopping.set()
        if self._process is not None:
            await self._process.kill()

    def log(self, *, previous: bool) -> Path:
        """The output of the current or newest run, or of the one in `lastState`. NoLog with kubelet's message when there was no such run."""
        container, pod, state = self._spec["name"], self._sandbox.pod()["metadata"]["name"], self.report.state
        if previous and self.report.last is None:
            raise NoLog(f'previous terminated container "{container}" in pod "{pod}" not found')
        if self._run < 0:
            waiting = state.reason if isinstance(state, Waiting) else "ContainerCreating"
            raise NoLog(f'container "{container}" in pod "{pod}" is waiting to start: {_WHY_NO_LOG.get(waiting, waiting)}')
        return self._logs.path(self._run - 1 if previous and not isinstance(state, Waiting) else self._run)

    def writes_to(self, log: Path) -> bool:
        """Whether the run whose output that is still goes on."""
        return self._process is not None and log == self._logs.path(self._run)

    async def _launch(self) -> Launch | None:
        """None when it was told to stop while something was missing."""
        node, pod = self._sandbox.node, self._sandbox.pod()
        while not self._stopping.is_set():
            try:
                image = await node.images.pull(self._spec["image"], self._spec.get("imagePullPolicy", "IfNotPresent"))
                self._pulls = PullBackOff()
                self.report = replace(self.report, image_id=image.image_id)
                return await prepare(self._spec, pod, self._sandbox.facts, image, self._sandbox.folder / "scratch", node)
            except ImageRefused as refusal:
                await self._wait_for_image(refusal)
            except StartRefused as refusal:
                self._note(state=Waiting(refusal.reason, str(refusal)))
                await self._pause(AGAIN_AFTER_SECONDS)
        return None

    async def _wait_for_image(self, refusal: ImageRefused) -> None:
        self._note(state=Waiting(refusal.reason, str(refusal)))
        if refusal.reason != "ErrImagePull":
            await self._pause(AGAIN_AFTER_SECONDS)
            return
        seconds = self._pulls.next_seconds()
        await self._pause(_PULL_ERROR_SHOWN_SECONDS)
        self._note(state=Waiting("ImagePullBackOff", f'Back-off pulling image "{self._spec["image"]}": {refusal.reason}: {refusal}'))
        await self._pause(seconds - _PULL_ERROR_SHOWN_SECONDS)

    async def _run_once(self, launch: Launch, before: Terminated | None) -> Terminated:
        self._run += 1
        self.report = replace(self.report, restarts=self._run, last=before)
        log, begun, identity = self._logs.begin(self._run), now(), f"process://{uuid.uuid4().hex}"
        try:
            process = launch.start(launch.command, log)
        except (OSError, NotExecutable) as error:
            return Terminated(_START_ERROR_CODE, _START_ERROR, begun, now(), identity, str(error))
        self._surroundings = Surroundings(self._spec, self._sandbox.facts.address, lambda command: launch.start(command, _NO_OUTPUT), self._sandbox.node.http)
        health = Health(self._surroundings, process.pid, lambda: self._note(started=health.started, ready=health.ready), self._fail)
        self._process, self._ending = process, None
        self._note(state=Running(begun), container_id=identity, started=False, ready=False)
        probing = asyncio.create_task(health.run())
        try:
            code = await process.wait()
        finally:
            self._process = None
            probing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await probing
        return self._terminated(code, begun, identity, log)

    def _terminated(self, code: int, begun: datetime, identity: str, log: Path) -> Terminated:
        from_log = code != 0 and self._spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        return Terminated(code, "Error" if code else "Completed", begun, now(), identity, last_words(log) if from_log else "")

    async def _back_off(self, ended: Terminated, ran_seconds: float) -> None:
        seconds = self._crashes.next_seconds(ran_seconds)
        if ended.reason == _START_ERROR:
            self._note(state=Waiting("RunContainerError", ended.message), last=ended)
        elif seconds:
            about = self._sandbox.pod()["metadata"]
            pod = f"{about['name']}_{about['namespace']}({about['uid']})"
            message = f"back-off {go_duration(seconds)} restarting failed container={self._spec['name']} pod={pod}"
            self._note(state=Waiting("CrashLoopBackOff", message), last=ended)
        await self._pause(seconds)

    def _fail(self, probe: str) -> None:
        if not self._stopping.is_set():
            LOG.info("container %s failed its %s probe and is restarted", self._spec["name"], probe)
            seconds = self._spec[f"{probe}Probe"].get("terminationGracePeriodSeconds", self._sandbox.pod()["spec"].get("terminationGracePeriodSeconds", 30))
            self._begin_to_end(seconds)

    async def _end(self, grace_seconds: float) -> None:
        process = self._process
        if process is None:
            return
        if self._ending is None:
            await self._begin_to_end(grace_seconds)
            return
        try:
            await asyncio.wait_for(asyncio.shield(self._ending), grace_seconds)
        except TimeoutError:
            await process.kill()

    def _begin_to_end(self, grace_seconds: float) -> asyncio.Task[None]:
        assert self._process is not None
        assert self._surroundings is not None
        self._ending = asyncio.create_task(terminate(self._process, self._surroundings, grace_seconds))
        return self._ending

    async def _pause(self, seconds: float) -> None:
        """Ends early when it has to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _note(self, **changes: Any) -> None:
        self.report = replace(self.report, **changes)
        self._sandbox.changed()
