"""`slipway twin`: the cloud on a laptop, started as a process of its own; nothing of it is imported."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.failures import WrongUsage

_CHECKOUT = Path(__file__).resolve().parent.parent


def run(arguments: Sequence[str], checkout: Path = _CHECKOUT) -> int:
    """Its exit status. Ctrl-C reaches it too, and it ends all that it has started. WrongUsage where there is no checkout."""
    if not (checkout / "twin" / "__main__.py").exists():
        raise WrongUsage("The twin is in Slipway's checkout: clone it, run `make setup`, and call this command from its .venv.")
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with subprocess.Popen([sys.executable, "-m", "twin", *arguments], env=environment) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # it was told as well, and has to have ended before this command does
