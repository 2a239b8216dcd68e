"""Functions as Lambda runs them: what a handler sees, and what its caller is told when it raises, exits, hangs or is killed."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from twin import processes
from twin.aws.credentials import Credentials
from twin.aws.functions.environment import Places
from twin.aws.functions.invocation import AsynchronousInvocations, Function, Outcome
from twin.aws.functions.pool import Workers
from twin.aws.spawner import Spawner
from twin.stack.settings import ROOT

TOOLS = ROOT / ".slipway"
HANDLERS = """
import os, subprocess, sys, time
def environment(event, context): return dict(os.environ)
def identity(event, context): return {"pid": os.getpid(), "left": context.get_remaining_time_in_millis()}
def meet(event, context):
    open(event["mine"], "w").close()
    while not os.path.exists(event["other"]): time.sleep(0.01)
    return os.getpid()
def fail(event, context): raise LookupError("no such thing")
def leave(event, context): os._exit(3)
def hang(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(event["pid_file"], "w") as file: file.write(str(child.pid))
    time.sleep(600)
"""


class _FixedCredentials:
    """In the place of STS: what a role's credentials look like."""

    def of(self, role_arn: str, session: str) -> Credentials:
        return Credentials("ASIA", f"secret of {role_arn}", session)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    task_root = tmp_path / "task"
    task_root.mkdir()
    (task_root / "handlers.py").write_text(HANDLERS)
    (task_root / "broken.py").write_text("import nothing_of_that_name\n")
    places = Places(
        python=TOOLS / "environments/functions/bin/python",
        runtime=TOOLS / "runtime",
        binaries=TOOLS / "bin",
        task_root=task_root,
        logs=tmp_path / "logs",
        scratch=tmp_path / "tmp",
        endpoint="http://127.0.0.1:1",
    )
    spawner = Spawner()
    found = Workers(places, _FixedCredentials(), spawner)  # type: ignore[arg-type]
    yield found
    found.close()
    spawner.close()


def function(handler: str, *, seconds: int = 20, **environment: str) -> Function:
    return Function(
        name="sample",
        arn="arn:aws:lambda:us-east-1:123456789012:function:sample",
        handler=handler,
        timeout_seconds=seconds,
        memory_megabytes=256,
        region="us-east-1",
        role="arn:aws:iam::123456789012:role/sample",
        environment=environment,
    )


def invoke(workers: Workers, called: Function, event: object = None) -> tuple[Any, bool]:
    outcome = workers.invoke(called, json.dumps(event).encode())
    return json.loads(outcome.payload), outcome.failed


def test_a_function_sees_its_own_variables_and_lambdas_and_nothing_of_the_developers_shell(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_DEVELOPER", "hush")
    monkeypatch.setenv("AWS_PROFILE", "production")
    seen, failed = invoke(workers, function("handlers.environment", SLIPWAY_TABLE_NAME="table"))
    assert not failed
    of_lambda = {
        "_HANDLER", "LANG", "TZ", "PATH", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_EXECUTION_ENV", "AWS_XRAY_CONTEXT_MISSING", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    }  # fmt: skip
    of_the_twin = {"PYTHONPATH", "PYTHONUNBUFFERED", "TMPDIR", "AWS_ENDPOINT_URL"}
    set_by_the_runtime_itself = {"_X_AMZN_TRACE_ID", "LC_CTYPE"}
    assert seen.keys() - set_by_the_runtime_itself == of_lambda | of_the_twin | {"SLIPWAY_TABLE_NAME"}
    assert seen["AWS_SECRET_ACCESS_KEY"] == "secret of arn:aws:iam::123456789012:role/sample"


def test_an_exception_is_told_by_its_class(workers: Workers) -> None:
    told, failed = invoke(workers, function("handlers.fail"))
    assert failed
    assert (told["errorType"], told["errorMessage"]) == ("LookupError", "no such thing")


def test_a_function_that_cannot_be_imported_says_why(workers: Workers) -> None:
    told, failed = invoke(workers, function("broken.handler"))
    assert failed
    assert "nothing_of_that_name" in told["errorMessage"]


def test_a_process_that_ends_is_an_exit_error_and_the_next_event_gets_a_new_one(workers: Workers) -> None:
    told, failed = invoke(workers, function("handlers.leave"))
    assert failed
    assert told["errorType"] == "Runtime.ExitError"
    assert invoke(workers, function("handlers.identity"))[1] is False


def test_a_worker_is_used_again_and_a_killed_one_is_not(workers: Workers) -> None:
    called = function("handlers.identity")
    first, second = (invoke(workers, called)[0]["pid"] for _ in range(2))
    assert first == second
    os.kill(first, signal.SIGKILL)
    answers = [invoke(workers, called) for _ in range(2)]
    assert answers[-1][1] is False
    assert answers[-1][0]["pid"] != first


def test_events_at_the_same_time_get_a_worker_each(workers: Workers, tmp_path: Path) -> None:
    """Neither returns before the other has begun."""
    left, right = str(tmp_path / "left"), str(tmp_path / "right")
    events = [{"mine": left, "other": right}, {"mine": right, "other": left}]
    with ThreadPoolExecutor() as pool:
        pids = {answer for answer, _ in pool.map(lambda event: invoke(workers, function("handlers.meet"), event), events)}
    assert len(pids) == 2


def test_a_function_that_outlives_its_timeout_is_killed_with_all_it_has_started(workers: Workers, tmp_path: Path) -> None:
    told, failed = invoke(workers, function("handlers.hang", seconds=1), {"pid_file": str(tmp_path / "pid")})
    assert failed
    assert told["errorType"] == "Sandbox.Timedout"
    assert "timed out after 1.00 seconds" in told["errorMessage"]
    assert int((tmp_path / "pid").read_text()) not in processes.descendants()


def test_a_function_is_told_how_long_it_has(workers: Workers) -> None:
    answer, _ = invoke(workers, function("handlers.identity", seconds=7))
    assert 0 < answer["left"] <= 7000


def test_an_event_for_later_is_tried_again_when_it_failed() -> None:
    calls, third = [], threading.Event()

    class Failing:
        def invoke(self, called: Function, event: bytes) -> Outcome:
            calls.append(event)
            if len(calls) == 3:
                third.set()
            return Outcome(b"{}", failed=True)

    AsynchronousInvocations(Failing(), retry_after_seconds=(0.0, 0.0)).accept(function("handlers.fail"), b"1")
    assert third.wait(20)
    assert calls == [b"1"] * 3
