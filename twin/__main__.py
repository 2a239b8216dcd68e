"""`python -m twin up` and `logs`: what a person types to have the cloud on their laptop. `slipway twin` is the same."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from twin.stack.guard import guard
from twin.stack.logs import NoLogs, log_files, show
from twin.stack.reservation import Taken
from twin.stack.settings import BASE_PORT, RUNS, Ports

application = typer.Typer(help="The laptop twin of AWS, EKS and GitHub.", add_completion=False, no_args_is_help=True)


@application.callback()
def _commands() -> None:
    """The laptop twin of AWS, EKS and GitHub."""


@application.command()
def up(
    name: Annotated[str, typer.Option(help="Name of the stack; each has a folder, ports and addresses of its own.")] = "default",
    base_port: Annotated[
        int, typer.Option(help="First of six ports: front door, GitHub, Slipway's HTTP API, AWS, Kubernetes, mailbox; 0 takes free ones.", min=0, max=65000)
    ] = BASE_PORT,
    kubeconfig: Annotated[
        Path | None, typer.Option(help="Use the cluster of this kubeconfig in place of the embedded one.", exists=True, dir_okay=False)
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder of the stacks' folders.")] = RUNS,
) -> None:
    """Start a stack and keep it running until Ctrl-C. What an earlier stack of that name left is removed."""
    ports = Ports.from_base(base_port) if base_port else None
    try:
        status = guard(name, runs=runs, ports=ports, kubeconfig=kubeconfig.resolve() if kubeconfig else None)
    except Taken as reason:
        print(f"can't start: {reason}", file=sys.stderr)
        status = 1
    raise typer.Exit(status)


@application.command()
def logs(
    parts: Annotated[list[str] | None, typer.Argument(help="Only these: aws, node, functions, slipway-apply ...")] = None,
    name: Annotated[str, typer.Option(help="Name of the stack, running or not.")] = "default",
    tail: Annotated[int, typer.Option(min=0, help="Last lines of each.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    runs: Annotated[Path, typer.Option(help="Folder of the stacks' folders.")] = RUNS,
) -> None:
    """Show what the parts of a stack, its functions and its builds have written."""
    try:
        show(log_files(runs, name, parts or []), tail=tail, follow=follow)
    except NoLogs as reason:
        print(f"can't show logs: {reason}", file=sys.stderr)
        raise typer.Exit(1) from reason


if __name__ == "__main__":
    application()
