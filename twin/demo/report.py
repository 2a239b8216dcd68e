"""The demo on the terminal: a line per thing that happens, and one table at the end."""

import time
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from twin.demo.facts import Ending, Seen, StepSeen, Traffic
from twin.demo.judge import explained
from twin.demo.observe import Event

_LOUD = {"live": "green", "rolled-back": "yellow", "rollout-failed": "red", "smoke-failed": "red", "needs-attention": "red", "closed": "bold"}
_LOG_LINES = 4
_REASON_LINES = 6
_MARGIN = " " * 29


class Report:
    """Prints to one console. Times are seconds since the report began, and since the push within a step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._pushed = 0.0

    def say(self, line: str) -> None:
        if line.strip():
            self._print(f"[dim]{time.monotonic() - self._began:6.1f} s[/]  {escape(line.strip())}")

    def part(self, line: str) -> None:
        """What a starting stack says, but for the lines that are meant for people who go on by hand."""
        if line.endswith("is ready"):
            self.say(line)

    def step(self, number: int, title: str) -> None:
        self._print(f"\n[bold]{number}. {escape(title)}[/]")

    def pushed(self, commit: str, at: float) -> None:
        self._pushed = at
        self.say(f"git push: commit {commit[:12]}")

    def event(self, event: Event) -> None:
        """One event of a timeline, with the pod's reason, exit code and last lines where it has them."""
        style = _LOUD.get(event.kind, "cyan")
        since = event.at.timestamp() - self._pushed
        self._print(f"  [dim]{since:+5.1f} s[/]  [{style}]{escape(event.kind):<17}[/] {escape(_first_lines(event.message))}")
        if "exit_code" in event.evidence:
            reason = f"{event.evidence.get('reason', '')}, exit code {event.evidence['exit_code']}"
            self._print(f"{_MARGIN}pod {escape(str(event.evidence['pod']))}: {escape(reason)}")
        for line in str(event.evidence.get("log", "")).strip().splitlines()[-_LOG_LINES:]:
            self._print(f"{_MARGIN}[dim]| {escape(line)}[/]")

    def closing(self, seen: Seen, differences: Sequence[str]) -> None:
        """The summary table, what was sent and lost, and the verdict."""
        self._console.print()
        self._console.print(_table(seen))
        for traffic in seen.traffic:
            self._print(_traffic(traffic, seen))
        if differences:
            self._print(f"[bold red]{len(differences)} things differ from what should have happened:[/]")
            for difference in differences:
                self._print(f"  - {escape(difference)}")
        else:
            self._print(f"[bold green]Everything is as it should be[/], after {time.monotonic() - self._began:.0f} s.")

    def _print(self, line: str) -> None:
        """Without breaking the line: it may be copied, and a terminal wraps it as it likes."""
        self._console.print(line, highlight=False, soft_wrap=True)


def _table(seen: Seen) -> Table:
    """Fits 80 columns."""
    table = Table(
        title="What was pushed, and what became of it",
        title_justify="left",
        caption="Seconds. Slipway's own share is all but gate, image, Helm and pod start.",
        caption_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    for name in ("step", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in ("total", "gate", "image", "Helm", "pods", "Slipway", "lost"):
        table.add_column(name, justify="right", no_wrap=True)
    for step in seen.steps:
        table.add_row(*_row(step, seen))
    return table


def _row(step: StepSeen, seen: Seen) -> list[Text | str]:
    outcome = ", ".join(deployment.outcome for deployment in step.deployments) or step.run_state
    style = {"live": "green", "rolled-back": "yellow"}.get(outcome, "red" if step.expected.ending is not Ending.REFUSED else "yellow")
    times = step.durations
    until = next((later.pushed_at for later in seen.steps if later.pushed_at > step.pushed_at), float("inf"))
    failures = [failure for traffic in seen.traffic for failure in traffic.failures if step.pushed_at <= failure.at < until]
    return [
        f"{step.number}. {step.title}",
        Text("refused" if step.expected.ending is Ending.REFUSED and not step.deployments and step.run_state == "failed" else outcome, style),
        f"{step.seconds:.1f}",
        *(f"{seconds:.1f}" for seconds in (times.gate, times.build - times.gate, times.helm, times.pods, step.own_seconds)),
        str(len(failures)),
    ]


def _traffic(traffic: Traffic, seen: Seen) -> str:
    known = sum(explained(failure, seen.steps) for failure in traffic.failures)
    steps = ", ".join(f"step {step.number}" for step in seen.steps if step.expected.fails_requests) or "a step"
    return (
        f"{traffic.environment}: {traffic.requests} requests at {traffic.per_second:.1f}/s, {len(traffic.failures)} lost; "
        f"{known} of them are explained by {steps}, which answers 500 until it is undone."
    )


def _first_lines(message: str) -> str:
    lines = message.strip().splitlines()
    return "\n".join([*lines[:1], *(f"{_MARGIN}{line}" for line in lines[1:_REASON_LINES])]) + ("" if len(lines) <= _REASON_LINES else " ...")
