"""Handlers that behave as their names say. AWS's runtime client runs them in the functions' own environment, so this imports nothing of ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


def tell_environment(event: Any, context: Any) -> dict[str, str]:
    return dict(os.environ)


def tell_context(event: Any, context: Any) -> dict[str, Any]:
    return {"event": event, "name": context.function_name, "arn": context.invoked_function_arn, "milliseconds_left": context.get_remaining_time_in_millis()}


def tell_pid(event: Any, context: Any) -> int:
    return os.getpid()


def meet(event: dict[str, str], context: Any) -> int:
    """Opening a pipe waits for whoever opens its other end."""
    with Path(event["pipe"]).open(event["mode"]):
        return os.getpid()


def raise_lookup_error(event: Any, context: Any) -> None:
    raise LookupError("no such thing")


def leave(event: Any, context: Any) -> None:
    os._exit(3)


def exit_politely(event: Any, context: Any) -> None:
    sys.exit(3)


def be_killed(event: Any, context: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def start_a_child_and_hang(event: dict[str, str], context: Any) -> None:
    child = _pausing_child()
    Path(event["pids"]).write_text(f"{os.getpid()} {child}")
    signal.pause()


def start_a_child(event: Any, context: Any) -> list[int]:
    return [os.getpid(), _pausing_child()]


def fail_twice(event: dict[str, str], context: Any) -> None:
    """The third attempt answers through a pipe."""
    attempts = Path(event["attempts"])
    with attempts.open("a") as file:
        file.write(f"{context.aws_request_id}\n")
    if len(attempts.read_text().split()) < 3:
        raise ValueError("not yet")
    Path(event["pipe"]).write_text("done")


def _pausing_child() -> int:
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]).pid
