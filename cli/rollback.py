"""`slipway rollback`: shows what would change, starts the `rollback` workflow, and stays until it is known how it ended.

What may be gone back to is decided by the workflow alone; what is shown before is only for the person who is asked. The workflow is started also when the
console doesn't answer: going back must be possible when little else is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tenacity import Retrying, retry_if_result, wait_fixed

from cli.answers import Environment, Healthy, RolledBack, Status, Timeline, clock, parse
from cli.connections import Connections
from cli.failures import Failure, No, Unknown, Unreachable
from cli.terminal import Terminal
from cli.timeline import Printer
from cli.workflows import Execution, State

POLL_SECONDS = 1
_SHORTEST_COMMIT = 7
_WRONG_INPUT = "InvalidInput"
"""The error whose cause is a sentence that names what would be valid."""
_ABORTED = {"ABORTED": "was aborted", "TIMED_OUT": "took too long"}


@dataclass(frozen=True)
class Wanted:
    """`revision` is Helm's number, `version` a tag or a commit; without both it is the release before the live one."""

    service: str
    environment: str
    revision: int | None = None
    version: str = ""
    reason: str = ""

    @property
    def target(self) -> str:
        return f"revision {self.revision}" if self.revision is not None else self.version or "the release before the live one"

    def request(self) -> dict[str, str | int]:
        """The workflow's input."""
        optional: Mapping[str, str | int | None] = {"revision": self.revision, "version": self.version, "reason": self.reason}
        return {"service": self.service, "environment": self.environment, **{name: value for name, value in optional.items() if value}}


def preview(connections: Connections, wanted: Wanted) -> None:
    """Print what is live, what a rollback may go back to, and what this one would. WrongUsage for a service or environment that isn't there."""
    terminal = connections.terminal
    try:
        environments = parse(Status, connections.api.status(wanted.service, wanted.environment)).environments
    except (Unreachable, No) as failure:
        terminal.fail(failure)
        terminal.note(f"So it can't be shown what is live. The rollback of {wanted.service} in {wanted.environment} would go to {wanted.target}.")
        return
    for found in environments:
        _show(terminal, found, wanted)


def start(connections: Connections, wanted: Wanted) -> Execution:
    execution = connections.workflows.start_rollback(wanted.request(), datetime.now(UTC))
    connections.terminal.say("Started ", (execution.name, "bold"), ".")
    return execution


def follow(connections: Connections, wanted: Wanted, execution: Execution) -> None:
    """Print the timeline as it grows. No, with the workflow's own sentence, unless the environment runs what was asked for."""
    printer, told = Printer(connections.terminal), False

    def look() -> State:
        nonlocal told
        state = connections.workflows.state(execution)
        try:
            printer.show(parse(Timeline, connections.api.timeline(execution.name)))
        except Unknown:
            return state  # nothing has happened yet, or the workflow refused before anything could
        except Failure as failure:
            if not told:
                told = True
                connections.terminal.note((f"The timeline can't be shown: {failure}", "dim"))
        return state

    try:
        ended = Retrying(retry=retry_if_result(lambda state: state.is_running), wait=wait_fixed(POLL_SECONDS), sleep=connections.sleep)(look)
    except KeyboardInterrupt:
        connections.terminal.note(f"The rollback goes on without being watched. See: slipway timeline {execution.name} --follow")
        raise
    done = _judge(ended)
    connections.terminal.say((f"{wanted.environment} runs {done.version or 'the earlier release'} again.", "bold green"))
    connections.terminal.say(f"It stays held, so that no push undoes this, until: slipway resume {wanted.service} {wanted.environment}")


def _judge(ended: State) -> RolledBack:
    if ended.status == "SUCCEEDED":
        done = parse(RolledBack, ended.output)
        if done.outcome == "live":
            return done
        raise No(_ended(done.outcome, done.reason))
    if ended.status in _ABORTED:
        raise No(f"The rollback {_ABORTED[ended.status]}." + (f" {sentence(ended.cause)}" if ended.cause else ""))
    if ended.error == _WRONG_INPUT:
        raise No(sentence(ended.cause))
    raise No(_ended(ended.error or "failed", sentence(ended.cause)))


def _ended(outcome: str, reason: str) -> str:
    return f"The rollback ended as {outcome}" + (f": {reason}" if reason else ".")


def sentence(cause: str) -> str:
    """Of an execution's cause, which may be JSON: a Lambda function's error has it in `errorMessage`, a nested execution in its own `Cause`.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    try:
        parsed = json.loads(cause)
    except ValueError:
        return cause
    if not isinstance(parsed, dict):
        return cause
    if parsed.get("Cause"):
        return sentence(str(parsed["Cause"]))
    return str(parsed.get("errorMessage") or cause)


def find(found: Environment, wanted: Wanted) -> Healthy | None:
    """What the workflow will most likely choose; `found.healthy` is newest first."""
    if wanted.revision is not None:
        return next((release for release in found.healthy if wanted.revision in release.revisions), None)
    if wanted.version:
        long_enough = len(wanted.version) >= _SHORTEST_COMMIT
        names = (release for release in found.healthy if wanted.version in release.versions or (long_enough and release.commit.startswith(wanted.version)))
        return next(names, None)
    live = next((release for release in found.healthy if found.live and release.commit == found.live.commit), None)
    before = live.before if live is not None else found.last_good.commit if found.last_good else ""
    return next((release for release in found.healthy if release.commit == before and (live is None or release.at < live.at)), None)


def _show(terminal: Terminal, found: Environment, wanted: Wanted) -> None:
    target = find(found, wanted)
    terminal.say((found.service, "bold"), " in ", (found.environment, "bold"), (f"  namespace {found.namespace}", "dim"))
    terminal.row("live", found.live.name if found.live else "nothing")
    if target is not None:
        terminal.row("goes back to", (f"{target.name}, {_revisions(target)}, healthy since {clock(target.at)}", "bold"))
    elif wanted.revision is None and not wanted.version:
        terminal.row("goes back to", ("nothing: no release ran well here before the live one, so Slipway will refuse", "bold red"))
    else:
        terminal.row("goes back to", (f"{wanted.target}: never healthy here, so Slipway will refuse", "bold red"))
    for release in found.healthy:
        if release is not target and not (found.live and release.commit == found.live.commit):
            terminal.row("could also be", (f"{release.name}, {_revisions(release)}, healthy since {clock(release.at)}", "dim"))
    if found.lease:
        terminal.row("waits for", found.lease.owner)


def _revisions(release: Healthy) -> str:
    return f"revision{'s' if len(release.revisions) > 1 else ''} {', '.join(str(number) for number in release.revisions)}"
