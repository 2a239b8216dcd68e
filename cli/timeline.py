"""`slipway timeline`: what happened to a run, a deployment or a rollback, with the pods' reasons and last lines where there are any."""

from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt, wait_fixed

from cli.answers import Event, Timeline, clock, parse
from cli.connections import Connections
from cli.failures import Unreachable
from cli.terminal import Terminal

POLL_SECONDS = 2
FAILURES_IN_A_ROW = 10
OUTCOMES = frozenset({"live", "rolled-back", "needs-attention", "failed", "refused", "rejected", "expired", "superseded"})
_LOUD = {"live": "bold green", "rolled-back": "bold yellow", "closed": "bold", "needs-attention": "bold white on red", "failed": "bold red"}
_MARGIN = " " * 23


class Printer:
    """Prints each event once, however often the timeline is read."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown: set[tuple[object, ...]] = set()
        self._subject = ""

    def show(self, timeline: Timeline) -> None:
        for event in timeline.events:
            key = (event.at, event.subject, event.kind, event.message)
            if key not in self._shown:
                self._shown.add(key)
                self._show(event)

    def _show(self, event: Event) -> None:
        if event.subject != self._subject:
            self._subject = event.subject
            what, _, name = event.subject.partition("#")
            self._terminal.say((f"{what.lower()} {name}" if name else what, "bold"))
        style = _LOUD.get(event.kind, "red" if event.kind.endswith("-failed") else "cyan")
        first, *more = event.message.strip().splitlines() or [""]
        self._terminal.say("  ", (clock(event.at), "dim"), "  ", (f"{event.kind:<17}", style), " ", first)
        for line in more:
            self._terminal.say(f"{_MARGIN}  {line}")
        facts = [f"{name} {value}" for name, value in event.evidence.items() if "\n" not in value.strip()]
        if facts:
            self._terminal.say(f"{_MARGIN}  ", (", ".join(facts), "dim"))
        for name, value in event.evidence.items():
            if "\n" in value.strip():
                self._terminal.say(f"{_MARGIN}  ", (f"{name}:", "dim"))
                for line in value.strip().splitlines():
                    self._terminal.say(f"{_MARGIN}  ", (f"| {line}", "dim"))


def show(connections: Connections, identity: str, *, follow: bool, as_json: bool) -> None:
    """With `follow`, until nothing more is to come; a console that doesn't answer for a while is asked again."""
    if as_json and not follow:
        connections.terminal.json(connections.api.timeline(identity))
        return
    printer = Printer(connections.terminal)

    def read() -> Timeline:
        answer = connections.api.timeline(identity)
        timeline = parse(Timeline, answer)
        if not as_json:
            printer.show(timeline)
        elif is_closed(timeline):
            connections.terminal.json(answer)
        return timeline

    if not follow:
        read()
        return
    until_closed = Retrying(retry=retry_if_result(lambda timeline: not is_closed(timeline)), wait=wait_fixed(POLL_SECONDS), sleep=connections.sleep)
    until_closed(asked_again(connections, Unreachable, FAILURES_IN_A_ROW), read)


def asked_again(connections: Connections, error: type[Exception], attempts: int, pause_seconds: float = POLL_SECONDS) -> Retrying:
    """Calls what it is given again after this error, so many times in a row; then the error is let out."""
    return Retrying(
        retry=retry_if_exception_type(error), stop=stop_after_attempt(attempts), wait=wait_fixed(pause_seconds), sleep=connections.sleep, reraise=True
    )


def is_closed(timeline: Timeline) -> bool:
    """A run ends with its `closed`, after the outcomes of its deployments; a deployment, and a rollback, with its outcome."""
    kinds = {event.kind for event in timeline.events}
    return "closed" in kinds or ("opened" not in kinds and bool(kinds & OUTCOMES))
