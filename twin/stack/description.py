"""What runs where in a stack: `stack.json` for programs, lines to copy for people. Written by the supervisor when everything is ready."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from twin.stack.platform import ACCOUNT, Platform
from twin.stack.settings import ROOT, StackSettings

_CREDENTIALS = "AWS_ACCESS_KEY_ID=twin AWS_SECRET_ACCESS_KEY=twin AWS_DEFAULT_REGION=us-east-1"


@dataclass(frozen=True)
class Description:
    """Addresses and paths of a running stack. `outputs` are those of `template.yaml`; `namespaces` go by environment, `repositories` by service."""

    name: str
    folder: Path
    front_door: str
    front_door_port: int
    github: str
    aws_endpoint: str
    kubernetes: str
    kubeconfig: Path
    registry: Path
    network: str
    outputs: Mapping[str, str]
    namespaces: Mapping[str, str]
    repositories: Mapping[str, str]

    def state_machine(self, name: str) -> str:
        return f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}"

    def save(self, path: Path) -> None:
        """Complete or not at all, for whoever reads it meanwhile."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps(dataclasses.asdict(self), default=str, indent=2))
        part.rename(path)

    @classmethod
    def load(cls, path: Path) -> "Description":
        values = json.loads(path.read_text())
        return cls(**{**values, "folder": Path(values["folder"]), "kubeconfig": Path(values["kubeconfig"]), "registry": Path(values["registry"])})


def describe(settings: StackSettings, platform: Platform, kubernetes: str, outputs: Mapping[str, str]) -> Description:
    return Description(
        name=settings.name,
        folder=settings.folder,
        front_door=f"http://127.0.0.1:{settings.ports.front_door}",
        front_door_port=settings.ports.front_door,
        github=settings.github_url,
        aws_endpoint=settings.aws_endpoint,
        kubernetes=kubernetes,
        kubeconfig=settings.cluster / "kubeconfig",
        registry=settings.registry,
        network=f"127.{settings.network}.0.0/16",
        outputs=dict(outputs),
        namespaces={environment.name: environment.namespace for environment in platform.environments},
        repositories={service.name: f"{settings.github_url}/{service.repository}.git" for service in platform.services},
    )


def for_people(description: Description) -> str:
    """Addresses and lines to copy, from the checkout's folder. Plain text."""
    kubeconfig, logs = (_short(path) for path in (description.kubeconfig, description.folder / "logs"))
    service, repository = next(iter(description.repositories.items()))
    environment, namespace = next(iter(description.namespaces.items()))
    releases = description.state_machine("slipway-release")
    return f"""
The stack {description.name!r} runs. Its logs are in {logs}

  GitHub        {description.github}
  AWS           {description.aws_endpoint}
  Kubernetes    {description.kubernetes}
  {service:<13} http://{service}.{environment}.localhost:{description.front_door_port}/   (once it is released)

Release something: clone, change, push.
  git clone {repository} /tmp/{service}
  git -C /tmp/{service} commit --allow-empty -m "my change" && git -C /tmp/{service} push origin main

See what happens.
  {_CREDENTIALS} aws --endpoint-url {description.aws_endpoint} stepfunctions list-executions --state-machine-arn {releases}
  .slipway/bin/kubectl --kubeconfig {kubeconfig} --namespace {namespace} get pods --watch
  .slipway/bin/helm --kubeconfig {kubeconfig} --namespace {namespace} history {service}
"""


def _short(path: Path) -> str:
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)
