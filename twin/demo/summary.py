"""What the demo prints last: a row for each step, a line for each environment's users. Fits 80 columns."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from twin.demo.facts import Ending, Seen, StepSeen, Traffic
from twin.demo.judge_end import explained

_STYLES = {
    Ending.LIVE: "green",
    Ending.ROLLED_BACK: "yellow",
    Ending.REFUSED: "yellow",
    Ending.REJECTED: "yellow",
    Ending.RESTORED: "green",
    Ending.RESUMED: "green",
}


def table(seen: Seen) -> Table:
    """Every step with its outcome, seconds by part and lost requests."""
    found = Table(
        title="What was done, and what became of it",
        title_justify="left",
        caption="Seconds. Slipway's own share is all but gate, image, Helm, pods and people.",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    for name in ("step", "outcome"):
        found.add_column(name, no_wrap=True)
    for name in ("total", "gate", "image", "Helm", "pods", "Slipway", "lost"):
        found.add_column(name, justify="right", no_wrap=True)
    for step in seen.steps:
        found.add_row(*_row(step, seen))
    return found


def traffic_line(traffic: Traffic, seen: Seen) -> str:
    """`prod: 1000 requests at 25.0/s, none lost.`"""
    sent = f"{traffic.environment}: {traffic.requests} requests at {traffic.per_second:.1f}/s"
    if not traffic.failures:
        return f"{sent}, none lost."
    known = sum(explained(failure, seen.steps) for failure in traffic.failures)
    steps = ", ".join(str(step.number) for step in seen.steps if step.expected.fails_requests and step.expected.environment == traffic.environment)
    why = f" by step {steps}, which answers 500 until it is undone" if steps else ""
    return f"{sent}, {len(traffic.failures)} lost; {known} of them are explained{why}."


def outcome(step: StepSeen) -> str:
    """What became of it, and whether the environment is held since."""
    ended = ", ".join(deployment.outcome for deployment in step.deployments) or step.state
    held = step.expected.ending is Ending.RESTORED and step.holds.get(step.expected.environment)
    return f"{ended}, held" if held else ended


def _row(step: StepSeen, seen: Seen) -> list[Text | str]:
    times = step.durations
    until = next((later.began_at for later in seen.steps if later.began_at > step.began_at), float("inf"))
    failures = [failure for traffic in seen.traffic for failure in traffic.failures if step.began_at <= failure.at < until]
    parts = (times.gate, times.build - times.gate, times.helm, times.pods)
    return [
        f"{step.number}. {step.title}",
        Text(outcome(step), _style(step)),
        f"{step.seconds:.1f}",
        *(f"{seconds:.1f}" if seconds else "" for seconds in parts),
        f"{step.own_seconds:.1f}",
        str(len(failures)),
    ]


def _style(step: StepSeen) -> str:
    """Red when it isn't what was expected at first sight; `judge` looks closer."""
    shown = {Ending.RESTORED: "live, held"}.get(step.expected.ending, step.expected.ending.value)
    return _STYLES[step.expected.ending] if outcome(step) == shown else "red"
