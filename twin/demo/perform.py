"""Plays the story on a running stack and returns what was seen. Stops at the first push that doesn't end in time; judging is for others."""

import contextlib
import time
from collections.abc import Iterator, Sequence

from twin.demo.cluster import Namespace
from twin.demo.facts import Aftermath, Seen, StepSeen
from twin.demo.observe import NotInTime, Observer, moment
from twin.demo.registry import image_digest
from twin.demo.report import Report
from twin.demo.repository import Clone
from twin.demo.story import Step
from twin.demo.traffic import Load
from twin.stack.description import Description

_STARTS_WITHIN_SECONDS = 30
_ENDS_WITHIN_SECONDS = 120


class Performance:
    """One telling of the story, for one service and the environment that pushes of main go to."""

    def __init__(self, stack: Description, service: str, environment: str, report: Report) -> None:
        self._stack, self._service, self._environment, self._report = stack, service, environment, report
        self._observer = Observer(stack, service)
        self._namespace = Namespace(stack, environment, service)
        self._clone = Clone(stack.repositories[service], stack.folder / "clone")
        self._steps: list[StepSeen] = []

    def play(self, story: Sequence[Step]) -> Seen:
        broken_off = ""
        with Load(f"{self._stack.front_door}/", self._stack.folder / "load.jsonl") as load:
            try:
                for step in story:
                    self._play(step)
                    if self._observer.live(self._environment):
                        load.send_to(self._environment, self._namespace.host())
            except NotInTime as late:
                broken_off = f"The story broke off: {late}."
            aftermath = self._look_around()
            traffic = load.end()
        return Seen(len(story), tuple(self._steps), tuple(traffic), aftermath, broken_off)

    def _play(self, step: Step) -> None:
        self._report.step(step.number, step.title)
        step.change(self._clone)
        commit = self._clone.commit(step.message)
        pushed_at = self._clone.push()
        self._report.pushed(commit, pushed_at)
        run = self._observer.run_of(commit, _STARTS_WITHIN_SECONDS)
        with self._remembered(step, commit, run, pushed_at):
            self._observer.follow(run, commit, _ENDS_WITHIN_SECONDS, self._report.event)

    @contextlib.contextmanager
    def _remembered(self, step: Step, commit: str, run: str, pushed_at: float) -> Iterator[None]:
        """Write down what became of the push, also when it didn't end in time."""
        try:
            yield
        finally:
            record = self._observer.record(run)
            self._steps.append(
                StepSeen(
                    number=step.number,
                    title=step.title,
                    expected=step.expected,
                    commit=commit,
                    run=run,
                    run_state=str(record.get("state", "")),
                    run_reason=str(record.get("reason", "")),
                    digest=image_digest(self._stack.registry, self._service, commit),
                    pushed_at=pushed_at,
                    ended_at=moment(record["closed_at"]) if "closed_at" in record else time.time(),
                    deployments=self._observer.deployments(run),
                    durations=self._observer.durations(run, commit),
                    answer=self._namespace.answer(),
                )
            )

    def _look_around(self) -> Aftermath:
        return Aftermath(
            environment=self._environment,
            answer=self._namespace.answer(),
            recorded=self._observer.live(self._environment),
            pods=self._namespace.pod_digests(),
            helm=self._namespace.helm(),
            leases=self._observer.held_leases(),
            executions=self._observer.running_executions(),
        )
