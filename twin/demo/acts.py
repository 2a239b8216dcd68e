"""What the people of the story do: a developer pushes, an approver answers, an operator rolls back and resumes. An act ends with what it has caused."""

import json
import time
from dataclasses import dataclass, replace
from typing import Protocol

from twin.demo.edits import Edit
from twin.demo.facts import Expectation
from twin.demo.observe import NotInTime
from twin.demo.operator_shell import slipway
from twin.demo.questions import Question
from twin.demo.records import moment
from twin.demo.scene import Scene
from twin.demo.timeline import ASKED, Event
from twin.demo.workflows import ROLLBACK

_STARTS_WITHIN_SECONDS = 30
_ENDS_WITHIN_SECONDS = 120
_ANNOTATED, _BRANCHES, _TAGS = "annotated ", "refs/heads/", "refs/tags/"


@dataclass(frozen=True)
class Performed:
    """What an act came to. `run` is the execution that it started, empty when it started none; `late` says what didn't happen in time."""

    commit: str
    run: str
    state: str
    reason: str
    began_at: float
    ended_at: float
    question: Question | None = None
    late: str = ""


class Act(Protocol):
    """What is expected says which environment it is about, and how people answer when they are asked."""

    def perform(self, scene: Scene, expected: Expectation) -> Performed: ...


@dataclass(frozen=True)
class New:
    """A new commit of the clone's main; what was edited before stays in it."""

    message: str
    edit: Edit

    def commit(self, scene: Scene) -> str:
        self.edit(scene.clone)
        return scene.clone.commit(self.message)


@dataclass(frozen=True)
class LiveIn:
    """The commit that is live in an environment."""

    environment: str

    def commit(self, scene: Scene) -> str:
        return scene.observer.live(self.environment)


@dataclass(frozen=True)
class Push:
    """`git push` of a branch or a tag; a tag with a message is an annotated one.

    A new commit that is only tagged is on no branch afterwards, in the clone neither.
    """

    ref: str
    source: New | LiveIn
    message: str = ""

    def perform(self, scene: Scene, expected: Expectation) -> Performed:
        commit = self.source.commit(scene)
        began_at = self._push(scene, commit)
        question: list[Question] = []

        def happened(event: Event) -> None:
            scene.happened(expected.environment, event)
            if event.kind == ASKED and expected.ballot is not None:
                question.append(scene.approver.answer(event.subject.removeprefix("DEPLOYMENT#"), run, expected.ballot, began_at))

        run = late = ""
        try:
            run = scene.observer.run_of(commit, _STARTS_WITHIN_SECONDS, self.ref)
            scene.observer.follow(run, commit, _ENDS_WITHIN_SECONDS, happened)
        except NotInTime as nothing:
            late = str(nothing)
        record = scene.observer.record(run)
        ended_at = moment(record["closed_at"]) if "closed_at" in record else time.time()
        asked = _decided(scene, question[0], expected) if question else None
        return Performed(commit, run, str(record.get("state", "")), str(record.get("reason", "")), began_at, ended_at, asked, late)

    def _push(self, scene: Scene, commit: str) -> float:
        if tag := self.ref.removeprefix(_TAGS) if self.ref.startswith(_TAGS) else "":
            scene.clone.tag(tag, commit, self.message)
            if isinstance(self.source, New):
                scene.clone.forget()
        began_at = scene.clone.push(self.ref, commit)
        what = f"{_ANNOTATED * bool(self.message)}tag {tag}" if tag else self.ref.removeprefix(_BRANCHES)
        scene.report.began(f"git push of {what}: commit {commit[:12]}", began_at)
        return began_at


@dataclass(frozen=True)
class RollBack:
    """An operator starts the state machine `slipway-rollback` with the two lines that are enough."""

    service: str
    environment: str

    def perform(self, scene: Scene, expected: Expectation) -> Performed:
        began_at = time.time()
        given = {"service": self.service, "environment": self.environment}
        run = scene.observer.workflows.start(ROLLBACK, given)
        scene.report.began(f"StartExecution of {ROLLBACK}: {json.dumps(given)}", began_at)
        late = ""
        try:
            scene.observer.follow_rollback(run, _ENDS_WITHIN_SECONDS, lambda event: scene.happened(expected.environment, event))
        except NotInTime as nothing:
            late = str(nothing)
        execution = scene.observer.workflows.execution(ROLLBACK, run)
        state = str(execution.output.get("outcome", "")) or execution.error or execution.status
        reason = str(execution.output.get("reason", "")) or execution.cause
        version = execution.output.get("version", "nothing")
        scene.report.told(f"{ROLLBACK} {execution.status}: {version} is {state} again ({reason})" if execution.output else f"{execution.status}: {reason}")
        return Performed(scene.observer.live(self.environment), run, state, reason, began_at, time.time(), late=late)


@dataclass(frozen=True)
class Resume:
    """An operator ends the hold with the `slipway` command."""

    service: str
    environment: str
    reason: str

    def perform(self, scene: Scene, expected: Expectation) -> Performed:
        arguments = ("resume", self.service, self.environment, "--reason", self.reason)
        began_at = time.time()
        scene.report.began(f"slipway {' '.join(arguments[:-1])} '{self.reason}'", began_at)
        ran = slipway(scene.stack, *arguments)
        scene.report.told(ran.output)
        state = "resumed" if ran.status == 0 else f"exit status {ran.status}"
        return Performed(scene.observer.live(self.environment), "", state, ran.output.strip(), began_at, time.time())


def _decided(scene: Scene, question: Question, expected: Expectation) -> Question:
    """With what the table says of the decision in the end."""
    records, ballot = scene.observer.records, expected.ballot
    addresses = {ballot.person: ballot.address} if ballot is not None else {}
    state = records.item(f"APPROVAL#{question.approval}", "META").get("state", "")
    return replace(question, state=str(state), votes=records.ballots(question.approval, addresses))
