"""The boto3 clients with which tasks call other services."""

import sys
import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.settings import moto_server_port
from moto.stepfunctions.parser.asl.utils import boto_client

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
_FOREVER_SECONDS = 99_999_999


@correction(MOTO, seen="every task builds a boto3 client of its own (7.5 ms); 200 executions of 6 tasks take 24 s instead of 9 s")
def task_clients_are_kept(patches: Patches) -> None:
    """One client for each service, region and server port, shared by all tasks."""
    clients: dict[tuple[str, str, str], Any] = {}
    building = threading.Lock()

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        del state_credentials
        key = (service, region, moto_server_port())
        with building:
            if key not in clients:
                clients[key] = boto3.client(
                    service,  # type: ignore[call-overload]
                    region_name=region,
                    endpoint_url=f"http://127.0.0.1:{moto_server_port()}",
                    aws_access_key_id="twin",
                    aws_secret_access_key="twin",
                    config=Config(
                        parameter_validation=False,
                        retries={"total_max_attempts": 1},
                        connect_timeout=60,
                        read_timeout=_FOREVER_SECONDS,
                        max_pool_connections=256,
                    ),
                )
            return clients[key]

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("moto.stepfunctions.") and vars(module).get("boto_client_for") is not None:
            patches.replace(module, "boto_client_for", boto_client_for)
    patches.replace(boto_client, "boto_client_for", boto_client_for)
