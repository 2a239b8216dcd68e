"""What the commands talk to, built from the environment in one place; tests hand in their own."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import boto3

from cli.api import Api
from cli.aws import region_of, translated
from cli.failures import WrongUsage
from cli.terminal import Terminal
from cli.workflows import Workflows


@dataclass(frozen=True)
class Connections:
    api: Api
    workflows: Workflows
    terminal: Terminal = field(default_factory=Terminal)
    sleep: Callable[[float], None] = time.sleep


def connect(environment: Mapping[str, str]) -> Connections:
    """WrongUsage, with what to do, when the environment lacks something."""
    url = environment.get("SLIPWAY_URL", "").strip()
    if not url:
        raise WrongUsage(
            "Where is Slipway? Set SLIPWAY_URL to the output ApiUrl of its CloudFormation stack; for the twin on this machine: "
            ". .slipway/run/default/environment.sh"
        )
    with translated():
        session = boto3.Session()
        return Connections(Api(url, session), Workflows(session, region_of(url, session)))
