"""The way into a cluster: the environment's role, a short-lived EKS token for it, and Helm and Kubernetes clients that use it."""

import base64
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import yaml
from botocore.credentials import Credentials
from botocore.signers import RequestSigner

from slipway.adapters.aws import CONFIG, client, translated
from slipway.adapters.helm import HelmCharts
from slipway.adapters.kubernetes import KubernetesCluster
from slipway.domain.environment import Environment

TOKEN_SECONDS = 60
"""How long the presigned request inside a token is valid; EKS takes the token for 15 minutes from its date."""
REUSED_SECONDS = 600
"""An access is made anew well before its token runs out."""


@dataclass(frozen=True)
class Access:
    """Endpoint, CA certificate (base64 PEM) and token of one environment's role, and a kubeconfig with them."""

    endpoint: str
    certificate_authority: str
    token: str
    folder: "tempfile.TemporaryDirectory[str]"
    made_at: float

    @property
    def kubeconfig(self) -> Path:
        return Path(self.folder.name) / "kubeconfig"


class EksClusters:
    """`account_id` is where a role without an account of its own lives."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._accesses: dict[str, Access] = {}

    def charts(self, environment: Environment, check: Callable[[], None] | None = None) -> HelmCharts:
        def prepare(release: str) -> None:
            self.cluster(environment).take_over(release)

        def settle(release: str) -> None:
            self.cluster(environment).until_gone(release)

        def secrets() -> Collection[str]:
            return self.cluster(environment).secrets()

        return HelmCharts(self._access(environment).kubeconfig, environment.namespace, check=check, prepare=prepare, settle=settle, secrets=secrets)

    def cluster(self, environment: Environment) -> KubernetesCluster:
        access = self._access(environment)
        return KubernetesCluster(access.endpoint, access.certificate_authority, access.token, environment.namespace)

    def _access(self, environment: Environment) -> Access:
        access = self._accesses.get(environment.name)
        if access is None or time.monotonic() - access.made_at > REUSED_SECONDS:
            access = self._accesses[environment.name] = self._make_access(environment)
        return access

    @translated()
    def _make_access(self, environment: Environment) -> Access:
        role = environment.role if environment.role.startswith("arn:") else f"arn:aws:iam::{self._account_id}:role/{environment.role}"
        credentials = client("sts").assume_role(RoleArn=role, RoleSessionName=f"slipway-{environment.name}")["Credentials"]
        cluster = _eks(credentials).describe_cluster(name=environment.cluster)["cluster"]
        token = eks_token(environment.cluster, credentials, client("sts").meta.region_name)
        folder = tempfile.TemporaryDirectory(prefix="slipway-access-")
        access = Access(cluster["endpoint"], cluster["certificateAuthority"]["data"], token, folder, time.monotonic())
        access.kubeconfig.touch(mode=0o600)
        access.kubeconfig.write_text(yaml.safe_dump(kubeconfig(access, environment.namespace)))
        return access


def _eks(credentials: Mapping[str, str]) -> Any:
    """With the role's rights: the cluster is where the role is, which may be another account than the function's."""
    return boto3.client(
        "eks",
        config=CONFIG,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def eks_token(cluster: str, credentials: dict[str, Any], region: str) -> str:
    """A presigned GetCallerIdentity that names the cluster, as `aws eks get-token` makes it.

    https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
    """
    session = botocore.session.get_session()
    role = Credentials(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    service_id = session.get_service_model("sts").service_id
    signer = RequestSigner(service_id, region, "sts", "v4", role, session.get_component("event_emitter"))
    request = {
        "method": "GET",
        "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(request, region_name=region, expires_in=TOKEN_SECONDS, operation_name="")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def kubeconfig(access: Access, namespace: str) -> dict[str, object]:
    name = "environment"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": access.endpoint, "certificate-authority-data": access.certificate_authority}}],
        "users": [{"name": name, "user": {"token": access.token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
    }
