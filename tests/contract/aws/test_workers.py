"""Lambda of the twin: a handler runs under AWS's runtime client in a process of its own, and ends as it would on Lambda."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from twin.aws.credentials import RoleCredentials
from twin.aws.functions.environment import Places
from twin.aws.functions.invocation import AsynchronousInvocations, Function, Outcome
from twin.aws.functions.pool import Workers
from twin.aws.functions.task_root import make_task_root
from twin.aws.spawner import Spawner
from twin.aws.stack import TOOLS

READ_ONLY = pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html")
ROLE = "arn:aws:iam::123456789012:role/tiny"
LAMBDAS_VARIABLES = {
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_XRAY_CONTEXT_MISSING",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "PATH",
    "PYTHONPATH",
    "TZ",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
}
THE_TWINS_VARIABLES = {"AWS_ENDPOINT_URL", "PYTHONUNBUFFERED", "TMPDIR"}


class _Sts:
    """Gives every role a key that tells whose it is."""

    def assume_role(self, **request: str) -> dict[str, Any]:
        role = request["RoleArn"].split("/")[-1]
        return {"Credentials": {"AccessKeyId": f"key of {role}", "SecretAccessKey": "secret", "SessionToken": request["RoleSessionName"]}}


def function(handler: str, *, timeout_seconds: int = 20, name: str = "", **environment: str) -> Function:
    name = name or handler.split(".")[-1].replace("_", "-")
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return Function(name, arn, handler, timeout_seconds, 256, "us-east-1", ROLE, environment)


def places(folder: Path) -> Places:
    return Places(
        python=TOOLS / "environments" / "functions" / "bin" / "python",
        runtime=TOOLS / "runtime",
        binaries=TOOLS / "bin",
        task_root=Path(__file__).parent / "task_root",
        logs=folder / "logs",
        scratch=folder / "scratch",
        endpoint="http://127.0.0.1:1",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("functions")


@pytest.fixture(scope="module")
def workers(folder: Path) -> Iterator[Workers]:
    spawner = Spawner()
    workers = Workers(places(folder), RoleCredentials(_Sts()), spawner)
    yield workers
    workers.close()
    spawner.close()


def result(outcome: Outcome) -> Any:
    assert not outcome.failed, outcome.payload
    return json.loads(outcome.payload)


def error(outcome: Outcome) -> dict[str, Any]:
    assert outcome.failed, outcome.payload
    told: dict[str, Any] = json.loads(outcome.payload)
    return told


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_the_environment_holds_what_lambda_and_the_template_set_and_nothing_of_the_shell(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_OF_THE_SHELL", "AWS_PROFILE", "KUBECONFIG", "VIRTUAL_ENV", "HTTPS_PROXY", "HOME"):
        monkeypatch.setenv(name, "of the shell")
    seen = result(workers.invoke(function("tiny.tell_environment", SLIPWAY_TABLE_NAME="table"), b"{}"))
    seen.pop("LC_CTYPE", None)  # Python itself sets it where the machine lacks the locale of LANG
    assert set(seen) == LAMBDAS_VARIABLES | THE_TWINS_VARIABLES | {"SLIPWAY_TABLE_NAME"}
    assert not any("of the shell" in value for value in seen.values())
    assert seen["SLIPWAY_TABLE_NAME"] == "table"
    assert (seen["AWS_ACCESS_KEY_ID"], seen["AWS_SESSION_TOKEN"]) == ("key of tiny", "tell-environment")


def test_the_handler_gets_its_event_and_its_context(workers: Workers) -> None:
    tiny = function("tiny.tell_context", timeout_seconds=20)
    told = result(workers.invoke(tiny, b'{"text": "\xc3\xbc"}'))
    assert 15_000 < told.pop("milliseconds_left") <= 20_000
    assert told == {"event": {"text": "ü"}, "name": tiny.name, "arn": tiny.arn}


def test_an_exception_is_told_as_lambda_tells_it_and_the_worker_goes_on(workers: Workers) -> None:
    told = [error(workers.invoke(function("tiny.raise_lookup_error"), b"{}")) for _ in range(2)]
    assert told[0]["requestId"] != told[1]["requestId"]
    assert (told[0]["errorType"], told[0]["errorMessage"]) == ("LookupError", "no such thing")
    assert "raise_lookup_error" in told[0]["stackTrace"][-1]


@pytest.mark.parametrize(
    ("handler", "cause"),
    [("tiny.leave", "exit status 3"), ("tiny.exit_politely", "exit status 3"), ("tiny.be_killed", "signal: killed")],
)
def test_a_handler_that_ends_its_process_gives_an_exit_error(workers: Workers, handler: str, cause: str) -> None:
    told = error(workers.invoke(function(handler), b"{}"))
    assert told["errorType"] == "Runtime.ExitError"
    assert told["errorMessage"].endswith(f"Error: Runtime exited with error: {cause}")


def test_a_handler_that_outlives_its_timeout_is_killed_with_all_that_it_started(workers: Workers, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    told = error(workers.invoke(function("tiny.start_a_child_and_hang", timeout_seconds=1), json.dumps({"pids": str(pids)}).encode()))
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert [is_running(int(pid)) for pid in pids.read_text().split()] == [False, False]


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("broken.handler", "RuntimeError", "no configuration"),
        ("nowhere.handler", "Runtime.ImportModuleError", "Unable to import module 'nowhere': No module named 'nowhere'"),
        ("tiny.no_such_handler", "Runtime.HandlerNotFound", "Handler 'no_such_handler' missing on module 'tiny'"),
    ],
)
def test_a_function_that_cannot_start_tells_why(workers: Workers, handler: str, kind: str, message: str) -> None:
    told = error(workers.invoke(function(handler), b"{}"))
    assert (told["errorType"], told["errorMessage"]) == (kind, message)


def test_a_warm_worker_is_used_again_until_the_configuration_changes(workers: Workers) -> None:
    first, second = (result(workers.invoke(function("tiny.tell_pid"), b"{}")) for _ in range(2))
    other = result(workers.invoke(function("tiny.tell_pid", SLIPWAY_TABLE_NAME="other"), b"{}"))
    assert first == second != other


def test_a_worker_that_was_killed_while_idle_is_not_used_again(workers: Workers) -> None:
    """The first event after it may still meet the dying worker, as on Lambda."""
    called = function("tiny.tell_pid", name="killed")
    first = result(workers.invoke(called, b"{}"))
    os.kill(first, signal.SIGKILL)
    workers.invoke(called, b"{}")
    assert result(workers.invoke(called, b"{}")) != first


def test_two_events_at_once_run_on_two_workers(workers: Workers, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(2) as threads:
        events = [json.dumps({"pipe": str(pipe), "mode": mode}).encode() for mode in ("r", "w")]
        met = [result(outcome) for outcome in threads.map(lambda event: workers.invoke(function("tiny.meet"), event), events)]
    assert len(set(met)) == 2


def test_a_burst_of_short_events_runs_on_the_worker_that_is_there(tmp_path: Path) -> None:
    spawner = Spawner()
    patient = Workers(places(tmp_path), RoleCredentials(_Sts()), spawner, patience_seconds=60)
    with ThreadPoolExecutor(20) as threads:
        pids = {result(outcome) for outcome in threads.map(lambda _: patient.invoke(function("tiny.tell_pid"), b"{}"), range(20))}
    patient.close()
    spawner.close()
    assert len(pids) == 1


def test_an_asynchronous_event_is_tried_three_times(workers: Workers, tmp_path: Path) -> None:
    pipe, attempts = tmp_path / "pipe", tmp_path / "attempts"
    os.mkfifo(pipe)
    later = AsynchronousInvocations(workers, retry_after_seconds=(0.01, 0.01))
    later.accept(function("tiny.fail_twice"), json.dumps({"pipe": str(pipe), "attempts": str(attempts)}).encode())
    assert pipe.read_text() == "done"
    assert len(attempts.read_text().split()) == 3


def test_what_a_function_prints_and_its_invocations_are_in_its_log(workers: Workers, folder: Path) -> None:
    workers.invoke(function("tiny.raise_lookup_error", name="loud"), b"{}")
    log = (folder / "logs" / "loud.log").read_text()
    assert "[ERROR] LookupError: no such thing" in log
    assert log.index("START RequestId: ") < log.index("LookupError") < log.index("REPORT RequestId: ")


def test_nothing_is_left_after_the_end(tmp_path: Path) -> None:
    spawner = Spawner()
    workers = Workers(places(tmp_path), RoleCredentials(_Sts()), spawner)
    worker, child = result(workers.invoke(function("tiny.start_a_child"), b"{}"))
    assert is_running(worker) and is_running(child)
    workers.close()
    assert not is_running(worker) and not is_running(child)
    with pytest.raises(RuntimeError, match="shut down"):
        workers.invoke(function("tiny.tell_pid"), b"{}")
    spawner.close()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_worker_that_starts_while_the_end_comes_ends_too(tmp_path: Path) -> None:
    class EndingSpawner(Spawner):
        """The pool is closed while the worker's process starts."""

        def spawn(self, start: Callable[[], "Popen[bytes]"]) -> "Popen[bytes]":
            self.last = super().spawn(start)
            pool.close()
            return self.last

    spawner = EndingSpawner()
    pool = Workers(places(tmp_path), RoleCredentials(_Sts()), spawner)
    with pytest.raises(RuntimeError, match="shut down"):
        pool.invoke(function("tiny.tell_pid"), b"{}")
    assert not is_running(spawner.last.pid)
    spawner.close()


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A function's code: a package."""
    package = tmp_path_factory.mktemp("code") / "package"
    package.mkdir()
    shutil.copy(Path(__file__).parent / "task_root" / "writing.py", package)
    return package


@pytest.fixture(scope="module")
def linked(code: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Workers of a stack, whose task root is links to the code."""
    folder = tmp_path_factory.mktemp("linked")
    task_root = make_task_root(folder / "task", code.parent, [])
    spawner = Spawner()
    workers = Workers(replace(places(folder), task_root=task_root), RoleCredentials(_Sts()), spawner)
    yield workers
    workers.close()
    spawner.close()


def attempt(workers: Workers, what: str) -> str:
    return str(result(workers.invoke(function("package.writing.attempt"), json.dumps({"what": what}).encode())))


@READ_ONLY
@pytest.mark.parametrize(
    "what",
    [
        "append to its code",
        "append behind the link",
        "write beside it",
        "write in the task root",
        "write where it was started",
        "make a folder",
        "link beside it",
        "remove its code",
        "remove it from its folder",
        "remove the link",
        "move its code away",
        "empty its code",
        "touch its code",
        "let another Python write",
    ],
)
def test_a_function_cant_change_its_code(linked: Workers, code: Path, what: str) -> None:
    before = (code / "writing.py").read_bytes(), (code / "writing.py").stat().st_mtime_ns
    assert "[Errno 30] Read-only file system: " in attempt(linked, what)
    assert ((code / "writing.py").read_bytes(), (code / "writing.py").stat().st_mtime_ns) == before
    assert {entry.name for entry in code.iterdir()} == {"writing.py", "__pycache__"}


@READ_ONLY
@pytest.mark.parametrize("what", ["read its code", "write to /tmp", "make and remove folders in /tmp"])
def test_a_function_can_read_its_code_and_write_elsewhere(linked: Workers, what: str) -> None:
    assert attempt(linked, what) == "done"


def test_bytecode_is_kept_for_the_next_start(linked: Workers, code: Path) -> None:
    attempt(linked, "read its code")
    assert [file.suffix for file in (code / "__pycache__").iterdir()] == [".pyc"]
