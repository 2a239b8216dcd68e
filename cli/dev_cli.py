"""The operator commands of the solution document, over the same code as `slipway`; `scripts/dev-cli.py` starts them."""

from typing import Annotated

import typer

from cli import logs, rollback, status
from cli.app import Commands, connections
from cli.failures import WrongUsage

Service = Annotated[str, typer.Option(help="Name of the service in slipway.yaml.")]

application = typer.Typer(cls=Commands, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    application(prog_name="dev-cli.py")


@application.callback()
def dev_cli() -> None:
    """Operate what Slipway deploys. Settings and exit statuses are those of `slipway`, which can do more."""


@application.command("status")
def show_status(
    context: typer.Context,
    service: Service = "",
    environment: Annotated[str, typer.Option(help="Only this environment.")] = "",
) -> None:
    """Show what each environment runs."""
    status.show(connections(context), service, environment, as_json=False)


@application.command("logs")
def show_logs(
    context: typer.Context,
    service: Service = "sample-app",
    environment: Annotated[str, typer.Option(help="Name of the environment.")] = "dev",
    tail: Annotated[int, typer.Option(min=0, help="Last lines of each container.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Show what the service's pods write."""
    logs.show(connections(context), service, environment, tail=tail, follow=follow)


@application.command("rollback")
def roll_back(
    context: typer.Context,
    environment: Annotated[str, typer.Option(help="Name of the environment, such as prod.")],
    revision: Annotated[int, typer.Option(min=1, help="Helm's number of the release to go back to.")],
    service: Service = "sample-app",
    reason: Annotated[str, typer.Option(help="For the audit log.")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="Do it; without this, only say what would be done.")] = False,
) -> None:
    """Go back to an earlier, healthy release, and stay until it is known how it ended."""
    reached, wanted = connections(context), rollback.Wanted(service, environment, revision, reason=reason)
    rollback.preview(reached, wanted)
    if not confirm:
        raise WrongUsage(f"Nothing was changed. Add --confirm to roll back {service} in {environment} to revision {revision}.")
    rollback.follow(reached, wanted, rollback.start(reached, wanted))
