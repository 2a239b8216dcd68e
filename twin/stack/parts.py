"""The parts of a stack: which module, with which arguments. Pure; started by the supervisor in the order in which they stand here.

A part that takes something from another one finds it in a file of the stack's folder or at an address of the settings.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from twin.stack.bootstrap import ConnectedApp
from twin.stack.part import Part
from twin.stack.platform import Platform, Service
from twin.stack.settings import ROOT, StackSettings, part_environment, python

GITHUB_APP_ID = "1"
MAIL_FROM = "slipway@example.com"
GITHUB_CLIENT_ID = "Iv1.laptop"
GATE_PYTHON = ROOT / ".slipway" / "environments" / "gate" / "bin" / "python"


def _part(settings: StackSettings, name: str, module: str, *arguments: object, **environment: str) -> Part:
    return Part(name, python(module, *arguments), {**part_environment(settings, os.environ.get("PATH", os.defpath)), **environment})


def api_server(settings: StackSettings) -> Part:
    """Kubeconfigs are in the cluster's folder once it is ready."""
    return _part(
        settings, "apiserver", "twin.cluster.apiserver",
        "--port", settings.ports.kubernetes,
        "--state", settings.cluster,
        "--access-entries", settings.access_entries,
        "--sts-endpoint", settings.aws_endpoint,
        "--allow-loopback-endpoints",
    )  # fmt: skip


def aws(settings: StackSettings, kubernetes_endpoint: str, cluster_ca: Path) -> Part:
    """AWS's services, with the functions, state machines and resources of `template.yaml`. Once it is ready, the stack's folder holds people's credentials."""
    builder = {
        "clone_url": f"{settings.github_url}/{{repository}}.git",
        "registry": str(settings.registry),
        "work": str(settings.folder / "builds"),
        "gate_python": str(GATE_PYTHON),
    }
    return _part(
        settings, "aws", "twin.aws",
        "--port", settings.ports.aws,
        "--gateway-port", settings.ports.gateway,
        "--mailbox-port", settings.ports.mailbox,
        "--template", ROOT / "template.yaml",
        "--state", settings.folder,
        "--parameters", json.dumps({"GitHubUrl": settings.github_url, "GitHubWebUrl": settings.github_url, "MailFrom": MAIL_FROM}),
        "--kubernetes-endpoint", kubernetes_endpoint,
        "--cluster-ca", cluster_ca,
        "--builder", json.dumps(builder),
    )  # fmt: skip


def controllers(settings: StackSettings) -> Part:
    return _part(settings, "controllers", "twin.cluster.controllers", "--kubeconfig", settings.cluster / "controllers.kubeconfig")


def node(settings: StackSettings, kubeconfig: Path) -> Part:
    return _part(
        settings, "node", "twin.cluster.node",
        "--kubeconfig", kubeconfig,
        "--name", "node-1",
        "--registry", settings.registry,
        "--root", settings.folder / "node",
        "--range", f"127.{settings.network}.0.0/16",
    )  # fmt: skip


def front_door(settings: StackSettings, kubeconfig: Path) -> Part:
    return _part(settings, "front-door", "twin.front_door", "--kubeconfig", kubeconfig, "--port", settings.ports.front_door)


def github(settings: StackSettings, platform: Platform, webhook_url: str, console_url: str, webhook_secret: str, app: ConnectedApp) -> Part:
    """Each service's repository is seeded from this checkout's service and chart. People sign in for the console."""
    repositories = [argument for service in platform.services for argument in ("--repository", service.repository, *_seeds(service))]
    return _part(
        settings, "github", "twin.github",
        "--port", settings.ports.github,
        "--state", settings.folder / "github",
        *repositories,
        "--webhook-url", webhook_url,
        "--app-id", GITHUB_APP_ID,
        "--client-id", GITHUB_CLIENT_ID,
        "--callback-url", f"{console_url}/signed-in",
        SLIPWAY_WEBHOOK_SECRET=webhook_secret,
        SLIPWAY_GITHUB_APP_PUBLIC_KEY=app.public_key,
        SLIPWAY_GITHUB_CLIENT_SECRET=app.client_secret,
    )  # fmt: skip


def _seeds(service: Service) -> Sequence[str]:
    return [argument for folder in (service.source, service.chart) for argument in ("--seed", f"{folder}={ROOT / folder}")]
