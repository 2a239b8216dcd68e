"""`slipway approve`: shows the plan that people are asked about, and casts the caller's vote."""

from collections.abc import Sequence

from cli.answers import SHORT_COMMIT, Approval, ManualChanges, NewCommits, Plan, Ran, Voted, clock, parse
from cli.connections import Connections
from cli.failures import No
from cli.terminal import Terminal

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
"""Of the lines of a unified difference, by their first character."""


def vote(connections: Connections, identity: str, *, choice: str, reason: str, yes: bool) -> None:
    """No, with Slipway's sentence, when there is nothing to decide (any more) or the vote didn't count."""
    terminal = connections.terminal
    approval = parse(Approval, connections.api.approval(identity))
    _show(terminal, approval)
    if approval.state != "pending":
        raise No(approval.message or f"It is {approval.state} already.")
    question = f"{choice.capitalize()} {approval.service} {approval.name} for {approval.environment}?"
    terminal.confirm(question, yes=yes)
    voted = parse(Voted, connections.api.vote(identity, choice, reason))
    if not voted.counted:
        raise No(voted.message)
    terminal.say((voted.message, "bold green"))


def _show(terminal: Terminal, approval: Approval) -> None:
    terminal.say((f"{approval.service} {approval.name}", "bold"), " to ", (approval.environment, "bold"), f" is {approval.state}")
    if approval.message:
        terminal.row("", approval.message)
    if approval.round > 1:
        terminal.row("asked anew", f"{approval.environment} has changed since people approved this deployment, so that approval no longer holds")
    terminal.row("until", clock(approval.expires_at))
    agreement = approval.agreement
    terminal.row("must agree", f"{agreement.required} of {', '.join(agreement.approvers) or 'the approvers'}")
    for name, why in agreement.excluded.items():
        terminal.row("", f"{name} may not: {name} {why}")
    terminal.row("votes", ", ".join(f"{vote.person}: {vote.choice}" for vote in approval.votes) or "none yet")
    if approval.plan is None:
        terminal.row("plan", ("none is stored", "dim"))
        return
    _show_plan(terminal, approval.plan)


def _show_plan(terminal: Terminal, plan: Plan) -> None:
    if plan.cause:
        terminal.row("why", plan.cause)
    terminal.row("from", plan.from_version or "nothing")
    terminal.row("to", plan.to_version)
    terminal.row("image", plan.digest)
    _rows(
        terminal, "new commits", [f"{one.commit[:SHORT_COMMIT]} {one.message or '(no message)'}, by {one.author}" for one in plan.commits.listed], plan.commits
    )
    for note in plan.commits.notes:
        terminal.row("", (note, "bold"))
    terminal.row("gate", ", ".join(f"{check.name} ({check.seconds:.1f} s)" for check in plan.checks) or "passed; what it checked isn't known any more")
    for ran in plan.ran:
        terminal.row(ran.environment, _tried(ran))
    changes = plan.manual_changes
    _rows(terminal, "set back", [f"{one.object} {one.field}, by {one.manager}" for one in changes.listed], changes)
    terminal.row("changes", (plan.summary, "bold"))
    for line in plan.difference.splitlines():
        terminal.say("    ", (line, _STYLES.get(line[:1], "")))


def _rows(terminal: Terminal, name: str, lines: Sequence[str], whole: NewCommits | ManualChanges) -> None:
    if whole.unknown:
        terminal.row(name, f"unknown: {whole.unknown}")
        return
    more = [f"and {whole.more} more"] if whole.more else []
    for index, line in enumerate([*lines, *more] or ["none"]):
        terminal.row("" if index else name, line)


def _tried(ran: Ran) -> str:
    if ran.since is None:
        return "never ran there"
    return f"live there since {clock(ran.since)}" if ran.until is None else f"ran there from {clock(ran.since)} to {clock(ran.until)}"
