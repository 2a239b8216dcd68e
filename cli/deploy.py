"""`slipway deploy`: has a release that was built brought to an environment, and stays until it is known how that ended."""

import secrets
from dataclasses import dataclass

from tenacity import Retrying, retry_if_result, wait_fixed

from cli.answers import Started, Timeline, parse
from cli.connections import Connections
from cli.failures import No, Unknown, Unreachable
from cli.timeline import FAILURES_IN_A_ROW, OUTCOMES, POLL_SECONDS, Printer, asked_again

_LOOKS_BEFORE_IT_BEGINS = 30
"""At the timeline: there is none before the workflow's first step is through."""


@dataclass(frozen=True)
class Wish:
    """Without `version` (a tag or a commit) and `commit` it is what is live there."""

    service: str
    environment: str
    version: str = ""
    commit: str = ""
    reason: str = ""
    override_freeze: bool = False

    @property
    def target(self) -> str:
        return self.version or self.commit or "the live release"

    def request(self) -> dict[str, str | bool]:
        texts = {"version": self.version, "commit": self.commit, "reason": self.reason}
        given: dict[str, str | bool] = {name: value for name, value in texts.items() if value}
        return given | ({"override_freeze": True} if self.override_freeze else {}) | {"key": secrets.token_hex(8)}


def start(connections: Connections, wish: Wish) -> Started:
    """Asks again, with the same key, when the answer is lost. No, with Slipway's own sentence, when the environment doesn't take the release now."""
    request = wish.request()
    patient = asked_again(connections, Unreachable, 3, pause_seconds=1)
    started = parse(Started, patient(connections.api.deploy, wish.service, wish.environment, request))
    connections.terminal.say("Started ", (started.deployment, "bold"), f": {started.name} goes to {wish.environment}.")
    if started.asks:
        connections.terminal.say(f"People are asked first. See: slipway approve {started.deployment}")
    if started.hold:
        connections.terminal.say(f"{wish.environment} is held ({started.hold}), so it waits until: slipway resume {wish.service} {wish.environment}")
    return started


def follow(connections: Connections, wish: Wish, started: Started) -> None:
    """Print the timeline as it grows. No, with the reason, unless the environment runs the release in the end."""
    printer = Printer(connections.terminal)

    def look() -> Timeline:
        timeline = parse(Timeline, connections.api.timeline(started.deployment))
        printer.show(timeline)
        return timeline

    begun = asked_again(connections, Unknown, _LOOKS_BEFORE_IT_BEGINS)
    patient = asked_again(connections, Unreachable, FAILURES_IN_A_ROW)
    until_ended = Retrying(retry=retry_if_result(lambda timeline: not _outcome(timeline)), wait=wait_fixed(POLL_SECONDS), sleep=connections.sleep)
    try:
        outcome, reason = _outcome(until_ended(patient, begun, look)) or ("", "")
    except KeyboardInterrupt:
        connections.terminal.note(f"The deployment goes on without being watched. See: slipway timeline {started.deployment} --follow")
        raise
    if outcome != "live":
        raise No(f"The deployment ended as {outcome}" + (f": {reason}" if reason else "."))
    connections.terminal.say((f"{wish.environment} runs {started.name}.", "bold green"))


def _outcome(timeline: Timeline) -> tuple[str, str] | None:
    """How the deployment ended, and why; None while it runs."""
    return next(((event.kind, event.message) for event in timeline.events if event.kind in OUTCOMES), None)
