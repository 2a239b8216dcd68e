"""The little of `slipway.yaml` that the twin has to know to stand in for Terraform and the operator: environments and services.

Slipway's own reader validates the file and names every fault in it; this one only says that it can't be used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ACCOUNT = "123456789012"


class Unusable(Exception):
    """slipway.yaml lacks what the twin needs; the message is one line."""


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
    name: str
    repository: str
    chart: str
    source: str


@dataclass(frozen=True)
class Platform:
    environments: Sequence[Environment]
    services: Sequence[Service]


def read_platform(path: Path) -> Platform:
    """Unusable when the file isn't there, isn't YAML, or lacks a namespace, a role, a repository or a chart."""
    try:
        document = yaml.safe_load(path.read_text())
        environments = [Environment(name, each["namespace"], each["role"]) for name, each in document["environments"].items()]
        services = [Service(name, each["repository"], each["chart"], each.get("source", "service")) for name, each in document["services"].items()]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{path} can't be used: {type(error).__name__} {' '.join(str(error).split())}") from error
    return Platform(environments, services)
