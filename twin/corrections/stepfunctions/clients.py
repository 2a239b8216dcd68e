"""The boto3 clients with which tasks call other services."""

import sys
import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.settings import moto_server_port
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.sts.models import sts_backends

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
AGENT = "twin-states"
"""In the User-Agent of what tasks send."""
_FOREVER_SECONDS = 99_999_999


@correction(MOTO, seen="every task builds a boto3 client of its own (7.5 ms; 200 executions of 6 tasks take 24 s instead of 9 s), with the keys of nobody")
def task_clients_are_kept(patches: Patches) -> None:
    """One client for each service, region, server port and role, shared by all tasks of state machines that have the role."""
    clients: dict[tuple[str, str, str, str], Any] = {}
    building = threading.Lock()

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = state_credentials.role_arn if state_credentials else ""
        key = (service, region, moto_server_port(), role)
        with building:
            if key not in clients:
                clients[key] = boto3.client(
                    service,  # type: ignore[call-overload]
                    region_name=region,
                    endpoint_url=f"http://127.0.0.1:{moto_server_port()}",
                    aws_access_key_id=_access_key(role, region) if role else "twin",
                    aws_secret_access_key="twin",
                    config=Config(
                        user_agent_extra=AGENT,
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


def _access_key(role: str, region: str) -> str:
    """Of a session of the role, by which everybody who is called knows it."""
    account = role.split(":")[4]
    made = sts_backends[account]["aws"].assume_role(region, "states", role, policy="", duration=3600, external_id="")
    return str(made.access_key_id)
