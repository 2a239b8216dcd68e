"""Plays the story on a running stack and returns what was seen. Stops at the first step that doesn't end in time; judging is for others."""

from collections.abc import Sequence

from twin.demo.acts import Performed
from twin.demo.facts import Aftermath, Durations, EnvironmentSeen, Seen, StepSeen
from twin.demo.faults import Fault
from twin.demo.observe import NotInTime
from twin.demo.registry import image_digest
from twin.demo.report import Report
from twin.demo.scene import Scene
from twin.demo.story import Step
from twin.demo.traffic import Load
from twin.stack.description import Description


class Performance:
    """One telling of the story, for one service."""

    def __init__(self, stack: Description, service: str, report: Report) -> None:
        self._stack, self._service, self._report = stack, service, report
        self._steps: list[StepSeen] = []

    def play(self, story: Sequence[Step], fault: Fault | None = None) -> Seen:
        """A fault comes after the last step."""
        broken_off = ""
        with Load(f"{self._stack.front_door}/", self._stack.folder / "load.jsonl") as load:
            scene = Scene(self._stack, self._service, load, self._report)
            try:
                for step in story:
                    self._play(step, scene)
                if fault is not None:
                    self._report.step(story[-1].number + 1, fault.title)
                    fault.strike(scene)
            except NotInTime as late:
                broken_off = f"The story broke off: {late}."
            aftermath = _look_around(scene)
            traffic = load.end()
        return Seen(len(story), tuple(self._steps), tuple(traffic), aftermath, broken_off)

    def _play(self, step: Step, scene: Scene) -> None:
        self._report.step(step.number, step.title)
        builds = scene.observer.builds()
        performed = step.act.perform(scene, step.expected)
        self._steps.append(_seen(step, performed, scene, builds))
        if performed.late:
            raise NotInTime(performed.late)


def _seen(step: Step, performed: Performed, scene: Scene, builds_before: int) -> StepSeen:
    """The step, and how everything stands after it."""
    observer, run = scene.observer, performed.run
    return StepSeen(
        number=step.number,
        title=step.title,
        expected=step.expected,
        commit=performed.commit,
        run=run,
        state=performed.state,
        reason=performed.reason,
        digest=image_digest(scene.stack.registry, scene.service, performed.commit),
        began_at=performed.began_at,
        ended_at=performed.ended_at,
        deployments=observer.deployments(run) if run else (),
        durations=observer.durations(run, performed.commit) if run else Durations(),
        builds=observer.builds() - builds_before,
        question=performed.question,
        answers={environment: namespace.answer() for environment, namespace in scene.namespaces.items()},
        holds={environment: observer.records.hold(scene.service, environment) for environment in scene.namespaces},
    )


def _look_around(scene: Scene) -> Aftermath:
    environments = [
        EnvironmentSeen(environment, namespace.answer(), scene.observer.live(environment), namespace.pod_digests(), namespace.helm())
        for environment, namespace in scene.namespaces.items()
    ]
    observer = scene.observer
    return Aftermath(tuple(environments), observer.held_leases(), observer.running_executions(), observer.records.pending_approvals())
