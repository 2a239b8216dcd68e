"""`slipway status`: what each environment runs, what is going on there, and what wants a person."""

from cli.answers import Environment, Status, clock, parse
from cli.connections import Connections
from cli.terminal import Terminal

LOUD = {"live": "green", "rolled-back": "yellow", "superseded": "yellow", "expired": "yellow"}
"""Styles of outcomes; every other one is red."""


def show(connections: Connections, service: str, environment: str, *, as_json: bool) -> None:
    answer = connections.api.status(service, environment)
    if as_json:
        connections.terminal.json(answer)
        return
    environments = parse(Status, answer).environments
    if not environments:
        connections.terminal.say("slipway.yaml has no environments.")
    for position, found in enumerate(environments):
        if position:
            connections.terminal.say()
        _show(connections.terminal, found)


def _show(terminal: Terminal, found: Environment) -> None:
    terminal.say((found.service, "bold"), " in ", (found.environment, "bold"), (f"  namespace {found.namespace}", "dim"))
    if found.needs_attention:
        terminal.row("NEEDS ATTENTION", (found.needs_attention, "bold red"), style="bold white on red")
    if found.hold:
        terminal.row("HELD", (found.hold, "bold yellow"), style="bold black on yellow")
        terminal.row("", f"slipway resume {found.service} {found.environment}")
    terminal.row("live", (found.live.name, "bold") if found.live else ("nothing", "dim"))
    if found.last_good and (not found.live or found.last_good.commit != found.live.commit):
        terminal.row("last good", found.last_good.name)
    terminal.row("now", f"{found.lease.owner} (lease epoch {found.lease.epoch})" if found.lease else ("nothing runs", "dim"))
    for number, waiting in enumerate(found.waiting, start=1):
        terminal.row(f"waits ({number})", waiting)
    _show_approval(terminal, found)
    _show_last(terminal, found)


def _show_approval(terminal: Terminal, found: Environment) -> None:
    if found.approval is None:
        return
    approval = found.approval
    votes = ", ".join(f"{vote.person}: {vote.choice}" for vote in approval.votes) or "no votes yet"
    terminal.row("approval", (f"{approval.name} is {approval.state}", "bold cyan"), f", until {clock(approval.expires_at)}; {votes}")
    terminal.row("", f"slipway approve {approval.id}")


def _show_last(terminal: Terminal, found: Environment) -> None:
    ended = next((deployment for deployment in found.latest if deployment.outcome), None)
    if ended is None:
        return
    kind = "rollback to " if ended.kind == "rollback" else ""
    because = f": {ended.reason}" if ended.reason and ended.reason != ended.outcome else ""
    terminal.row("last deployment", f"{kind}{ended.name} ", (ended.outcome, LOUD.get(ended.outcome, "bold red")), because)
    terminal.row("", f"slipway timeline {ended.id}")
