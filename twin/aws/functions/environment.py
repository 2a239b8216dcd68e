"""The environment of a worker: the function's own variables and what Lambda sets, nothing of the developer's shell.

Source of the names: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. Beside them stand only what
makes a process the stand-in of a sandbox: the twin's endpoint, where Python finds the code, and a /tmp of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from twin.aws.credentials import Credentials
from twin.aws.functions.invocation import Function

_SANDBOX = Path(__file__).with_name("sandbox")


@dataclass(frozen=True)
class Places:
    """Where functions find things. `binaries` is the Helm layer's /opt/bin; `endpoint` the twin's AWS API."""

    python: Path
    runtime: Path
    binaries: Path
    task_root: Path
    logs: Path
    scratch: Path
    endpoint: str


def worker_environment(function: Function, places: Places, credentials: Credentials, *, runtime_api: str, temporary: Path) -> Mapping[str, str]:
    """All environment variables of a worker."""
    log_group = f"/aws/lambda/{function.name}"
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"{places.binaries}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{_SANDBOX}:{places.task_root}:{places.runtime}",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
        "AWS_ENDPOINT_URL": places.endpoint,
        **function.environment,
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(places.task_root),
        "LAMBDA_RUNTIME_DIR": str(places.runtime),
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_megabytes),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": "twin",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
    }
