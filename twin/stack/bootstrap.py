"""What people do once before the first release: Terraform's access entries, the namespaces of `helm/environment`, the webhook's secret, the GitHub App.

Called by the supervisor while it starts the parts.
"""

import asyncio
import base64
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from twin.stack.platform import Environment, Platform
from twin.stack.settings import ROOT, StackSettings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_ENVIRONMENT_CHART = ROOT / "helm" / "environment"
_RELEASES = "slipway-environments"
"""Where Helm keeps the releases of that chart: nobody who deploys may write there."""


class BootstrapFailed(Exception):
    """The stack can't be prepared; the message is one line."""


def write_access_entries(platform: Platform, path: Path) -> None:
    """Who an IAM principal is in Kubernetes, as Terraform tells EKS."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([{"principal": environment.principal, "groups": [environment.group]} for environment in platform.environments]))


def adopt_cluster(kubeconfig: Path, settings: StackSettings) -> str:
    """Put a cluster that runs elsewhere in the place of the embedded one: its kubeconfig and CA go into the stack's folder. Its endpoint.

    Its API server has to know the twin's EKS tokens (an authentication webhook); only EKS itself and the embedded cluster do so by themselves.
    """
    try:
        document = yaml.safe_load(kubeconfig.read_text())
        context = _named(document["contexts"], document["current-context"])["context"]
        cluster: Mapping[str, str] = _named(document["clusters"], context["cluster"])["cluster"]
        encoded = cluster.get("certificate-authority-data")
        authority = base64.b64decode(encoded) if encoded else (kubeconfig.parent / cluster["certificate-authority"]).read_bytes()
        endpoint = cluster["server"]
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise BootstrapFailed(f"{kubeconfig} can't be used as a kubeconfig: {type(error).__name__} {' '.join(str(error).split())}") from error
    settings.cluster.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kubeconfig, settings.cluster / "kubeconfig")
    (settings.cluster / "ca.crt").write_bytes(authority)
    return endpoint


async def create_namespace(environment: Environment, kubeconfig: Path, process_environment: Mapping[str, str]) -> None:
    """Install `helm/environment`, as the operator of a cluster does. BootstrapFailed with Helm's words."""
    values = {"environment": environment.name, "namespace": environment.namespace, "group": environment.group}
    command = ["helm", "upgrade", "--install", f"environment-{environment.name}", str(_ENVIRONMENT_CHART)]
    command += ["--namespace", _RELEASES, "--create-namespace", "--kubeconfig", str(kubeconfig)]
    command += [argument for name, value in values.items() for argument in ("--set-string", f"{name}={value}")]
    helm = await asyncio.create_subprocess_exec(
        *command, env=dict(process_environment), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await helm.communicate()
    if helm.returncode != 0:
        raise BootstrapFailed(f"the namespace {environment.namespace} can't be created: {' '.join(errors.decode(errors='replace').split())}")


def webhook_secret(settings: StackSettings, outputs: Mapping[str, Any]) -> str:
    """What an operator copies out of Secrets Manager into GitHub's form."""
    return _secrets(settings).get_secret_value(SecretId=str(outputs["WebhookSecretArn"]))["SecretString"]


@dataclass(frozen=True)
class ConnectedApp:
    """What GitHub keeps of the App: its public key, PEM, and the secret by which people are signed in."""

    public_key: str
    client_secret: str = field(repr=False)


def connect_app(settings: StackSettings, outputs: Mapping[str, Any], app_id: str, client_id: str) -> ConnectedApp:
    """Make the GitHub App's key and client secret, as its settings page does, and enter them in Secrets Manager, as an operator does."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    client_secret = secrets.token_hex(20)
    entered = {
        "GitHubAppSecretArn": {"app_id": app_id, "private_key": private},
        "GitHubSignInSecretArn": {"client_id": client_id, "client_secret": client_secret},
    }
    for output, value in entered.items():
        _secrets(settings).put_secret_value(SecretId=str(outputs[output]), SecretString=json.dumps(value))
    return ConnectedApp(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), client_secret)


def _secrets(settings: StackSettings) -> "SecretsManagerClient":
    return boto3.client("secretsmanager", endpoint_url=settings.aws_endpoint, region_name="us-east-1", aws_access_key_id="twin", aws_secret_access_key="twin")


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)
