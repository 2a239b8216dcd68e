"""moto's HTTP server for one account and region, on a loopback port, in a thread of this process.

Used by `twin.aws` (whole stack) and `twin.aws.interpreter` (tests). Signatures are not checked and policies are not
enforced here (`rights` does so for roles): any credentials are accepted, as in moto itself.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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


def client(service: str, endpoint: str, *, access_key: str = "twin") -> Any:
    """A boto3 client of the twin's account at `endpoint`."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key="twin",
        config=Config(max_pool_connections=64, retries={"total_max_attempts": 1}, read_timeout=1000, s3={"addressing_style": "path"}),
    )


def _stop_running_executions() -> None:
    for account in stepfunctions_parser_backends.values():
        for backend in account.values():
            for execution in backend._get_executions("RUNNING"):
                backend.stop_execution(execution.exec_arn)


@contextmanager
def serving(port: int = 0, before: Callable[[Any], Any] = lambda application: application) -> Iterator[str]:
    """Serve the AWS API on 127.0.0.1:`port` (0: a free one) and give its URL; at the end stop executions and forget all state.

    `before` may put a WSGI application before it.

    One at a time in a process, since moto's state is global to it. OSError when the port is taken.
    """
    application = before(DomainDispatcherApplication(create_backend_app))
    server: BaseWSGIServer = make_server("127.0.0.1", port, application, threaded=True, request_handler=_QuietHandler)
    server.socket.listen(_BACKLOG)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="aws", daemon=True)
    with ExitStack() as ending:
        _point_moto_to(server.server_port, ending)
        ending.callback(BackendDict.reset)
        thread.start()
        ending.callback(thread.join)
        ending.callback(server.server_close)
        ending.callback(server.shutdown)
        ending.callback(_stop_running_executions)
        yield f"http://127.0.0.1:{server.server_port}"


def _point_moto_to(port: int, ending: ExitStack) -> None:
    """Tasks of moto's interpreter call the API at MOTO_PORT; `ending` puts the old settings back."""
    previous = dict(default_user_config), os.environ.get("MOTO_PORT")

    def restore() -> None:
        configuration, old_port = previous
        default_user_config.clear()
        default_user_config.update(configuration)
        if old_port is None:
            del os.environ["MOTO_PORT"]
        else:
            os.environ["MOTO_PORT"] = old_port

    os.environ["MOTO_PORT"] = str(port)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    ending.callback(restore)
