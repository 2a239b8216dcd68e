"""`slipway resume`: ends the hold that a rollback leaves behind."""

from cli.answers import Resumed, parse
from cli.connections import Connections


def resume(connections: Connections, service: str, environment: str, reason: str) -> None:
    terminal = connections.terminal
    resumed = parse(Resumed, connections.api.resume(service, environment, reason))
    if resumed.hold:
        terminal.say((f"{service} in {environment} isn't held any more", "bold green"), f" ({resumed.hold}).")
    else:
        terminal.say(f"{service} in {environment} wasn't held.")
    terminal.say(f"{resumed.next} goes on." if resumed.next else "No deployment was waiting.")
