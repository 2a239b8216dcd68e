"""The commands: arguments in, a function of this package, an exit status out. The docstrings are the help and, by `reference`, docs/cli.md."""

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import approval, deploy, hold, logs, rollback, status, timeline, twin
from cli.connections import Connections, connect
from cli.failures import Failure, WrongUsage
from cli.rollback import Wanted
from cli.terminal import Terminal

Service = Annotated[str, typer.Argument(help="Name of the service in slipway.yaml.")]
Place = Annotated[str, typer.Argument(help="Name of the environment, such as prod.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


class Commands(TyperGroup):
    """A Failure is one sentence on stderr and its exit status, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Failure as failure:
            Terminal().fail(failure)
            raise typer.Exit(failure.status) from failure


application = typer.Typer(cls=Commands, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    application(prog_name="slipway")


def connections(context: typer.Context) -> Connections:
    """The ones that were handed in, or those of the environment."""
    return context.obj if isinstance(context.obj, Connections) else connect(os.environ)


@application.callback()
def slipway() -> None:
    """See and steer what Slipway deploys.

    SLIPWAY_URL is the address of Slipway's API: the output ApiUrl of its CloudFormation stack. AWS credentials and the region come from where
    the AWS CLI has them (AWS_PROFILE and so on). The exit status is 0 when all is well, 1 when the answer is no, 2 when the command was wrong or
    nobody could be asked.
    """


@application.command("status")
def show_status(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="Only this service.")] = "",
    environment: Annotated[str, typer.Argument(help="Only this environment.")] = "",
    as_json: Json = False,
) -> None:
    """Show what each environment runs.

    Also what is going on there, what waits, how the last deployment ended, and what wants a person: an approval, a hold, a state that needs attention.
    """
    status.show(connections(context), service, environment, as_json=as_json)


@application.command("timeline")
def show_timeline(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="Name of a run, a deployment or a rollback, as `slipway status` shows it.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay until nothing more is to come.")] = False,
    as_json: Json = False,
) -> None:
    """Show what happened, step by step.

    Where something went wrong, with the pods' reasons and last log lines. Times are UTC.
    """
    timeline.show(connections(context), identity, follow=follow, as_json=as_json)


@application.command("deploy")
def deploy_again(
    context: typer.Context,
    service: Service,
    environment: Place,
    version: Annotated[str, typer.Option(help="The release to bring: a tag or a commit.")] = "",
    commit: Annotated[str, typer.Option(help="The release to bring, by the first digits of its commit.")] = "",
    reason: Annotated[str, typer.Option(help="For the audit log and for others who look at the timeline.")] = "",
    override_freeze: Annotated[str, typer.Option("--override-freeze", metavar="REASON", help="Ask for a decision against a freeze, and why.")] = "",
    yes: Yes = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is known how it ended.")] = True,
) -> None:
    """Deploy a release that was built already.

    The bytes are those that were built once; without --version and --commit they are those that are live there, once more. The environment asks for the
    same as after a push: where the release ran before, approvals, no freeze. You count as the pusher. With --override-freeze those decide whom
    slipway.yaml names for that.
    """
    if version and commit:
        raise WrongUsage("--version and --commit can't both be given.")
    if reason and override_freeze:
        raise WrongUsage("--override-freeze has the reason already: leave out --reason.")
    wish = deploy.Wish(service, environment, version, commit, override_freeze or reason, bool(override_freeze))
    reached = connections(context)
    reached.terminal.confirm(f"Deploy {wish.target} of {service} to {environment}?", yes=yes)
    started = deploy.start(reached, wish)
    if wait:
        deploy.follow(reached, wish, started)
    else:
        reached.terminal.say(f"See: slipway timeline {started.deployment} --follow")


@application.command("rollback")
def roll_back(
    context: typer.Context,
    service: Service,
    environment: Place,
    revision: Annotated[int | None, typer.Option(min=1, help="Helm's number of the release to go back to.")] = None,
    version: Annotated[str, typer.Option(help="The release to go back to: a tag or a commit.")] = "",
    reason: Annotated[str, typer.Option(help="For the audit log and for others who look at the timeline.")] = "",
    yes: Yes = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is known how it ended.")] = True,
) -> None:
    """Go back to an earlier, healthy release.

    It must have been healthy in that environment once; without --revision and --version it is the one before the live one. Nobody has to approve it, it
    goes before everything that waits, but not before a deployment that is running. Afterwards the environment is held, until somebody resumes it.
    """
    if revision is not None and version:
        raise WrongUsage("--revision and --version can't both be given.")
    wanted = Wanted(service, environment, revision, version, reason)
    reached = connections(context)
    rollback.preview(reached, wanted)
    reached.terminal.confirm(f"Roll back {service} in {environment} to {wanted.target}?", yes=yes)
    execution = rollback.start(reached, wanted)
    if wait:
        rollback.follow(reached, wanted, execution)
    else:
        reached.terminal.say(f"See: slipway timeline {execution.name} --follow")


@application.command("approve")
def approve(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="APPROVAL", help="Name of the approval, as `slipway status` shows it.")],
    reject: Annotated[bool, typer.Option("--reject", help="Vote against it; needs a reason.")] = False,
    reason: Annotated[str, typer.Option(help="Is put on record; who pushed the release sees it.")] = "",
    yes: Yes = False,
) -> None:
    """Vote on a deployment that waits.

    Shows first what it would change. You are who your AWS credentials say; only named approvers count.
    """
    if reject and not reason.strip():
        raise WrongUsage("A rejection needs a reason: add --reason.")
    approval.vote(connections(context), identity, choice="reject" if reject else "approve", reason=reason, yes=yes)


@application.command("resume")
def resume(
    context: typer.Context,
    service: Service,
    environment: Place,
    reason: Annotated[str, typer.Option(help="For the audit log.")] = "",
) -> None:
    """End the hold that a rollback leaves.

    The next deployment that waits goes on then.
    """
    hold.resume(connections(context), service, environment, reason)


@application.command("logs")
def show_logs(
    context: typer.Context,
    service: Service,
    environment: Place,
    tail: Annotated[int, typer.Option(min=0, help="Last lines of each container.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Show what the service's pods write.

    It is kubectl that reads it, with your own access to the cluster (KUBECONFIG).
    """
    logs.show(connections(context), service, environment, tail=tail, follow=follow)


@application.command("twin", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def twin_of_the_cloud(context: typer.Context) -> None:
    """The cloud on this laptop: `slipway twin up` starts it, `slipway twin logs` shows what its parts write.

    `slipway twin --help` and `slipway twin up --help` tell more.
    """
    raise typer.Exit(twin.run(context.args))
