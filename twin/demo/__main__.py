"""`python -m twin.demo`, which is `make demo`: start a stack, play the story, judge it. Exits 0 only when nothing differs."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from twin.demo.faults import FAULTS, FaultName
from twin.demo.judge import differences
from twin.demo.perform import Performance
from twin.demo.report import Report
from twin.demo.story import SERVICE, shortened, story
from twin.stack.running import StackFailed, running_stack
from twin.stack.settings import RUNS


def main(
    name: Annotated[str, typer.Option(help="Name of the stack that the demo starts.")] = "demo",
    runs: Annotated[Path, typer.Option(help="Folder of the stacks' folders.")] = RUNS,
    fault: Annotated[FaultName | None, typer.Option(help="Something goes wrong that the story doesn't know: a short story, and exit status 1.")] = None,
) -> None:
    """From git push to prod and back, on a stack of its own: built once, promoted, approved, rolled back, refused and rejected, under traffic."""
    report = Report(Console())
    report.step(1, "starts the twin")
    try:
        with running_stack(name, runs=runs, progress=report.part) as stack:
            performance = Performance(stack, SERVICE, report)
            seen = performance.play(shortened(), FAULTS[fault]) if fault else performance.play(story())
    except StackFailed as reason:
        print(f"the stack didn't start: {reason}", file=sys.stderr)
        raise typer.Exit(1) from None
    found = differences(seen)
    report.closing(seen, found)
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
