"""The demo on the terminal: a line per thing that happens. `summary` has the table at the end."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from twin.demo.facts import Seen
from twin.demo.questions import Ballot, Look, Mail
from twin.demo.summary import table, traffic_line
from twin.demo.timeline import Event

_LOUD = {
    "live": "green",
    "voted-approve": "green",
    "asked": "magenta",
    "rolled-back": "yellow",
    "held": "yellow",
    "rejected": "yellow",
    "voted-reject": "yellow",
    "rollout-failed": "red",
    "smoke-failed": "red",
    "needs-attention": "red",
    "closed": "bold",
}
_LOG_LINES = 4
_REASON_LINES = 6
_MARGIN = " " * 29


class Report:
    """Prints to one console. Times are seconds since the report began, and since its first command within a step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._beginning = time.monotonic()
        self._step_began_at = 0.0

    def say(self, line: str) -> None:
        if line.strip():
            self._print(f"[dim]{time.monotonic() - self._beginning:6.1f} s[/]  {escape(line.strip())}")

    def part(self, line: str) -> None:
        """What a starting stack says, but for the lines that are meant for people who go on by hand."""
        if line.endswith("is ready"):
            self.say(line)

    def step(self, number: int, title: str) -> None:
        self._print(f"\n[bold]{number}. {escape(title)}[/]")

    def began(self, what: str, at: float) -> None:
        """The step's first command."""
        self._step_began_at = at
        self.say(what)

    def event(self, event: Event) -> None:
        """One event of a timeline, with the pod's reason, exit code and last lines where it has them."""
        style = _LOUD.get(event.kind, "cyan")
        self._line(event.at.timestamp(), f"[{style}]{escape(event.kind):<17}[/] {escape(_first_lines(event.message))}")
        if "exit_code" in event.evidence:
            reason = f"{event.evidence.get('reason', '')}, exit code {event.evidence['exit_code']}"
            self._more(f"pod {event.evidence['pod']}: {reason}")
        for line in str(event.evidence.get("log", "")).strip().splitlines()[-_LOG_LINES:]:
            self._print(f"{_MARGIN}[dim]| {escape(line)}[/]")

    def mails(self, mails: Sequence[Mail]) -> None:
        for mail in mails:
            self._told("mail", f"to {', '.join(mail.to)}: {mail.subject}")
            self._more(mail.link or "without a link")

    def looked(self, looks: Sequence[Look], harmless: bool) -> None:
        """A page was opened, as a mail scanner does."""
        done = ", ".join(f"{look.method} {look.status}" for look in looks)
        self._told("link opened", f"{done}: {'nothing happened' if harmless else 'SOMETHING HAPPENED'}")

    def votes(self, ballot: Ballot) -> None:
        """The form is sent now."""
        self._told("form sent", f"{ballot.person} presses {ballot.choice}" + (f", because {ballot.reason}" if ballot.reason else ""))

    def answered(self, message: str) -> None:
        """The form's answer."""
        self._more(message or "without an answer")

    def told(self, text: str) -> None:
        """What a command printed, or an execution said."""
        for line in text.strip().splitlines():
            self._told("", line)

    def closing(self, seen: Seen, differences: Sequence[str]) -> None:
        """The summary table, what was sent and lost, and the verdict."""
        self._console.print()
        self._console.print(table(seen))
        for traffic in seen.traffic:
            self._print(escape(traffic_line(traffic, seen)))
        if differences:
            self._print(f"[bold red]{len(differences)} things differ from what should have happened:[/]")
            for difference in differences:
                self._print(f"  - {escape(difference)}")
        else:
            self._print(f"[bold green]Everything is as it should be[/], after {time.monotonic() - self._beginning:.0f} s.")

    def _told(self, kind: str, text: str) -> None:
        self._line(time.time(), f"[blue]{escape(kind):<17}[/] {escape(text)}")

    def _more(self, text: str) -> None:
        self._print(f"{_MARGIN}{escape(text)}")

    def _line(self, at: float, text: str) -> None:
        self._print(f"  [dim]{at - self._step_began_at:+5.1f} s[/]  {text}")

    def _print(self, line: str) -> None:
        """Without breaking the line: it may be copied, and a terminal wraps it as it likes."""
        self._console.print(line, highlight=False, soft_wrap=True)


def _first_lines(message: str) -> str:
    lines = message.strip().splitlines()
    return "\n".join([*lines[:1], *(f"{_MARGIN}{line}" for line in lines[1:_REASON_LINES])]) + ("" if len(lines) <= _REASON_LINES else " ...")
