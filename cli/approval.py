"""`slipway approve`: shows the plan that people are asked about, and casts the caller's vote."""

from cli.answers import Approval, Voted, clock, parse
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
    terminal.row("until", clock(approval.expires_at))
    terminal.row("votes", ", ".join(f"{vote.person}: {vote.choice}" for vote in approval.votes) or "none yet")
    plan = approval.plan
    if plan is None:
        terminal.row("plan", ("none is stored", "dim"))
        return
    terminal.row("from", plan.from_version or "nothing")
    terminal.row("to", plan.to_version)
    terminal.row("image", plan.digest)
    terminal.row("changes", (plan.summary, "bold"))
    for line in plan.difference.splitlines():
        terminal.say("    ", (line, _STYLES.get(line[:1], "")))
