"""moto's HTTP server for one account and region, on a loopback port, in a thread of this process.

Used by `twin.aws` (whole stack) and `twin.aws.interpreter` (tests). Signatures are not checked and policies are not
enforced: any credentials are accepted, as in moto itself.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from werkzeug.serving import BaseWSGIServer, make_server

ACCOUNT = "123456789012"
REGION = "us-east-1"
_BACKLOG = 512


class _QuietHandler(MotoRequestHandler):  # type: ignore[misc]
    """Without a line on stderr for each request, and without Nagle's delay."""

    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


def client(service: str, endpoint: str, *, region: str = REGION) -> Any:
    """A boto3 client of the twin's account at `endpoint`."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="twin",
        aws_secret_access_key="twin",
        config=Config(max_pool_connections=64, retries={"total_max_attempts": 1}, read_timeout=1000, s3={"addressing_style": "path"}),
    )


def _stop_running_executions() -> None:
    for account in stepfunctions_parser_backends.values():
        for backend in account.values():
            for execution in backend._get_executions("RUNNING"):
                backend.stop_execution(execution.exec_arn)


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """Serve the AWS API on 127.0.0.1:`port` (0: a free one) and give its URL; at the end stop executions and forget all state.

    One at a time in a process, since moto's state is global to it. OSError when the port is taken.
    """
    application = DomainDispatcherApplication(create_backend_app)
    server: BaseWSGIServer = make_server("127.0.0.1", port, application, threaded=True, request_handler=_QuietHandler)
    server.socket.listen(_BACKLOG)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="aws", daemon=True)
    previous_port, previous_configuration = os.environ.get("MOTO_PORT"), default_user_config.get("stepfunctions")
    os.environ["MOTO_PORT"] = str(server.server_port)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        _stop_running_executions()
        server.shutdown()
        server.server_close()
        thread.join()
        BackendDict.reset()
        if previous_port is None:
            del os.environ["MOTO_PORT"]
        else:
            os.environ["MOTO_PORT"] = previous_port
        if previous_configuration is None:
            del default_user_config["stepfunctions"]
        else:
            default_user_config["stepfunctions"] = previous_configuration
