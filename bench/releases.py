"""How long a release takes, and how much of that is Slipway itself. Run by `make bench`; never part of the tests.

Starts a stack, makes one release to warm everything up, then pushes `--releases` good commits one after the other. Every figure comes from the timeline of
the same release, so the ratio holds on a machine whose speed drifts: Slipway's own share is all but gate, image, Helm and pod start.
"""

import argparse
import statistics
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from twin.demo.cluster import Namespace
from twin.demo.observe import Observer
from twin.demo.records import moment
from twin.demo.repository import Clone
from twin.demo.story import DEV, SERVICE
from twin.stack.running import running_stack

PATIENCE_SECONDS = 120
PARTS = ("total", "gate", "image", "Helm", "pods", "Slipway")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=5, help="how many are counted")
    console = Console()
    measured = measure(parser.parse_args().releases, console)
    table = Table(title=f"{len(measured)} releases, in seconds", title_justify="left")
    for name in ("part", "minimum", "median", "maximum"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for position, name in enumerate(PARTS):
        figures = [release[position] for release in measured]
        table.add_row(name, *(f"{figure:.2f}" for figure in (min(figures), statistics.median(figures), max(figures))))
    console.print(table)
    shares = [release[-1] / release[0] for release in measured]
    console.print(f"Slipway's own share of a release: {min(shares):.0%} to {max(shares):.0%}, median {statistics.median(shares):.0%}", highlight=False)


def measure(releases: int, console: Console) -> list[Sequence[float]]:
    """A row for each release, in the order of PARTS."""
    with running_stack("bench") as stack:
        clone, observer = Clone(stack.repositories[SERVICE], stack.folder / "clone"), Observer(stack, SERVICE)
        namespace = Namespace(stack, DEV, SERVICE)
        rows: list[Sequence[float]] = []
        for number in range(releases + 1):
            clone.add("service/sample_app/release.py", f'"""Release {number}."""\n')
            commit = clone.commit(f"Release {number}")
            pushed_at = clone.push()
            run = observer.run_of(commit, PATIENCE_SECONDS)
            record = observer.follow(run, commit, PATIENCE_SECONDS, lambda event: None)
            if record["state"] != "live" or namespace.answer().commit != commit:
                raise SystemExit(f"release {number} isn't live: {record['reason']}")
            parts, total = observer.durations(run, commit), moment(record["closed_at"]) - pushed_at
            rows.append((total, parts.gate, parts.build - parts.gate, parts.helm, parts.pods, total - parts.build - parts.helm - parts.pods))
            console.print(f"release {number}: {total:.1f} s{' (not counted: it warms up)' if number == 0 else ''}", highlight=False)
        return rows[1:]


if __name__ == "__main__":
    main()
