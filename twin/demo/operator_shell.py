"""The operator's shell: `environment.sh` of the stack, then a command."""

import subprocess
import sys
from dataclasses import dataclass

from twin.stack.description import Description
from twin.stack.settings import ROOT

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Ran:
    """`output` is what it printed, errors too."""

    status: int
    output: str


def slipway(stack: Description, *arguments: str) -> Ran:
    """The `slipway` command as the operator runs it on this stack."""
    shell = ["/bin/sh", "-c", '. "$0" && exec "$@"', str(stack.folder / "environment.sh"), sys.executable, "-m", "cli", *arguments]
    environment = {"HOME": str(stack.folder / "home"), "PYTHONPATH": str(ROOT), "COLUMNS": "160"}
    done = subprocess.run(
        shell,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    return Ran(done.returncode, done.stdout)
