"""The little of `slipway.yaml` that the twin has to know to stand in for Terraform and the operator: environments and services.

Slipway's own reader is asked, as a process of its own, and names every fault in it: no stack is ready on a broken file.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from twin.stack.settings import ROOT

ACCOUNT = "123456789012"
_FUNCTIONS = ROOT / ".slipway" / "environments" / "functions"


class Unusable(Exception):
    """slipway.yaml isn't valid; the message has a line for each fault."""


@dataclass(frozen=True)
class Environment:
    """A namespace, and the role whose holders may change it."""

    name: str
    namespace: str
    role: str

    @property
    def group(self) -> str:
        return f"slipway:{self.name}"

    @property
    def principal(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{self.role}"


@dataclass(frozen=True)
class Service:
    """A repository, and the names of the environments that it goes to, in their order."""

    name: str
    repository: str
    chart: str
    source: str
    environments: Sequence[str]


@dataclass(frozen=True)
class Platform:
    environments: Sequence[Environment]
    services: Sequence[Service]


def read_platform(path: Path) -> Platform:
    """Unusable, with every fault that Slipway's own reader finds, when the file isn't valid."""
    reader = [str(_FUNCTIONS / "bin" / "python"), "-m", "slipway.adapters.configuration", str(path)]
    done = subprocess.run(reader, env={"PYTHONPATH": str(ROOT / "functions")}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unusable(done.stderr.strip())
    document = yaml.safe_load(path.read_text())
    environments = [Environment(name, each["namespace"], each["role"]) for name, each in document["environments"].items()]
    services = [
        Service(name, each["repository"], each["chart"], each.get("source", "service"), tuple(each["environments"]))
        for name, each in document["services"].items()
    ]
    return Platform(environments, services)
