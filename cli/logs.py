"""`slipway logs`: what the pods of an environment write, read by kubectl with the caller's own access to the cluster (KUBECONFIG)."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from cli.answers import Status, parse
from cli.connections import Connections
from cli.failures import No, Unreachable, WrongUsage
from cli.terminal import one_line

_OURS = Path(__file__).resolve().parent.parent / ".slipway" / "bin"
_MOST_PODS = 50
_MOST_COMPLAINTS = 4000
"""Characters of kubectl's error output that are shown."""


def show(connections: Connections, service: str, environment: str, *, tail: int, follow: bool) -> None:
    """No when there is no pod; Unreachable, with kubectl's words, when the cluster can't be asked."""
    kubectl = find_kubectl()
    namespace = _namespace(connections, service, environment)
    selection = [f"--selector=app.kubernetes.io/instance={service}", f"--namespace={namespace}"]
    how = ["--prefix", "--all-containers", f"--tail={tail}", f"--max-log-requests={_MOST_PODS}", *(["--follow"] if follow else [])]
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        status, something = _stream([kubectl, "logs", *selection, *how], connections, complaints)
        complaints.seek(0)
        said = one_line(complaints.read(_MOST_COMPLAINTS))
    if status:
        raise Unreachable(f"kubectl can't read the logs of {service} in {namespace}: {said or f'exit status {status}'}")
    if not something:
        raise No(f"There is nothing to show of {service} in {namespace}: {said or 'its pods wrote nothing'}")


def find_kubectl() -> str:
    """From PATH, or the one that `make setup` puts next to the checkout."""
    found = shutil.which("kubectl") or shutil.which("kubectl", path=str(_OURS))
    if found is None:
        raise WrongUsage(
            "There is no kubectl on PATH: logs are read with your own access to the cluster. Install it, or run `make setup` in Slipway's checkout."
        )
    return found


def _namespace(connections: Connections, service: str, environment: str) -> str:
    environments = parse(Status, connections.api.status(service, environment)).environments
    if not environments:
        raise WrongUsage(f"{service} has no environment {environment}.")
    return environments[0].namespace


def _stream(command: list[str], connections: Connections, complaints: IO[str]) -> tuple[int, bool]:
    """kubectl's exit status, and whether it wrote anything. Ctrl-C is the ordinary end of following."""
    something = False
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True, errors="replace") as process:
        try:
            for line in process.stdout or ():
                something = True
                connections.terminal.log(line)
        except KeyboardInterrupt:
            process.terminate()
            return 0, True
        except OSError:  # whoever read our output has left
            process.terminate()
            raise
    return process.returncode, something
