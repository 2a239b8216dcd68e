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
    """Addresses and paths of a running stack. `outputs` are those of `template.yaml`; `namespaces` go by environment, `repositories` by service.

    `console` is Slipway's HTTP API; `credentials` holds an AWS profile for each person and one for the operator; `urls` lead to a service in an environment.
    """

    name: str
    folder: Path
    front_door: str
    front_door_port: int
    console: str
    mailbox: str
    github: str
    aws_endpoint: str
    kubernetes: str
    kubeconfig: Path
    credentials: Path
    registry: Path
    network: str
    outputs: Mapping[str, str]
    namespaces: Mapping[str, str]
    repositories: Mapping[str, str]
    urls: Mapping[str, Mapping[str, str]]

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
        return cls(**{**values, **{name: Path(values[name]) for name in ("folder", "kubeconfig", "credentials", "registry")}})


def describe(settings: StackSettings, platform: Platform, kubernetes: str, outputs: Mapping[str, str]) -> Description:
    return Description(
        name=settings.name,
        folder=settings.folder,
        front_door=f"http://127.0.0.1:{settings.ports.front_door}",
        front_door_port=settings.ports.front_door,
        console=settings.gateway_url,
        mailbox=settings.mailbox_url,
        github=settings.github_url,
        aws_endpoint=settings.aws_endpoint,
        kubernetes=kubernetes,
        kubeconfig=settings.cluster / "kubeconfig",
        credentials=settings.credentials,
        registry=settings.registry,
        network=f"127.{settings.network}.0.0/16",
        outputs=dict(outputs),
        namespaces={environment.name: environment.namespace for environment in platform.environments},
        repositories={service.name: f"{settings.github_url}/{service.repository}.git" for service in platform.services},
        urls={
            service.name: {name: f"http://{service.name}.{name}.localhost:{settings.ports.front_door}/" for name in service.environments}
            for service in platform.services
        },
    )


def for_people(description: Description) -> str:
    """Addresses and lines to copy, from the checkout's folder. Plain text."""
    kubeconfig, logs, shell = (_short(path) for path in (description.kubeconfig, description.folder / "logs", description.folder / "environment.sh"))
    service, repository = next(iter(description.repositories.items()))
    namespace = next(iter(description.namespaces.values()))
    last = [*description.urls[service]][-1]
    releases = description.state_machine("slipway-release")
    return f"""
The stack {description.name!r} runs. Its logs are in {logs}

  Console       {description.console}/
  Mailbox       {description.mailbox}/
  GitHub        {description.github}
  AWS           {description.aws_endpoint}
  Kubernetes    {description.kubernetes}
{_services(description)}

Release something: clone, change, push.
  git clone {repository} /tmp/{service}
  git -C /tmp/{service} commit --allow-empty -m "my change" && git -C /tmp/{service} push origin main

Act as the operator, in another terminal.
  . {shell}
  .venv/bin/slipway status
  .venv/bin/slipway rollback {service} {last}

See what happens.
  {_CREDENTIALS} aws --endpoint-url {description.aws_endpoint} stepfunctions list-executions --state-machine-arn {releases}
  .slipway/bin/kubectl --kubeconfig {kubeconfig} --namespace {namespace} get pods --watch
  .slipway/bin/helm --kubeconfig {kubeconfig} --namespace {namespace} history {service}
"""


def _services(description: Description) -> str:
    return "\n".join(
        f"  {service:<13} {url}   ({environment}, once it is released)" for service, urls in description.urls.items() for environment, url in urls.items()
    )


def _short(path: Path) -> str:
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)
