"""What `terraform/` owns on AWS and the template only refers to: the EKS cluster, the environments' roles, the image repositories.

The names of people are read here too; `people` makes them.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from moto.eks.models import eks_backends

from twin.aws import server

_TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{server.ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}


@dataclass(frozen=True)
class Foundation:
    """Names from `slipway.yaml`: roles of environments, repositories of services, people."""

    roles: Mapping[str, str]
    """The cluster that each one is for."""
    repositories: frozenset[str]
    people: frozenset[str]


def read_foundation(configuration: Path) -> Foundation:
    """The little of `slipway.yaml` that Terraform needs. Nothing when there is no such file; what is wrong with it, Slipway itself says."""
    document: Mapping[str, Any] = (yaml.safe_load(configuration.read_text()) or {}) if configuration.exists() else {}
    environments = [environment for environment in (document.get("environments") or {}).values() if isinstance(environment, dict)]
    return Foundation(
        roles={environment["role"].split("/")[-1]: environment["cluster"] for environment in environments if {"role", "cluster"} <= environment.keys()},
        repositories=frozenset(document.get("services") or {}),
        people=frozenset(name for name in document.get("people") or {} if isinstance(name, str)),
    )


def build_foundation(foundation: Foundation, *, endpoint: str, kubernetes_endpoint: str, cluster_ca: Path) -> None:
    """Make it. Every cluster has the address and certificate authority of the one that the stack runs."""
    iam = server.client("iam", endpoint)
    for role, cluster in sorted(foundation.roles.items()):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST))
        allowed = {"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": f"arn:aws:eks:{server.REGION}:{server.ACCOUNT}:cluster/{cluster}"}
        iam.put_role_policy(RoleName=role, PolicyName="cluster", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    ecr = server.client("ecr", endpoint)
    for repository in sorted(foundation.repositories):
        ecr.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True})
    certificate = base64.b64encode(cluster_ca.read_bytes()).decode()
    eks = server.client("eks", endpoint)
    for cluster in sorted(set(foundation.roles.values())):
        role_arn = f"arn:aws:iam::{server.ACCOUNT}:role/{cluster}-cluster"
        eks.create_cluster(name=cluster, roleArn=role_arn, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]})
        made = eks_backends[server.ACCOUNT][server.REGION].clusters[cluster]
        made.endpoint, made.certificate_authority = kubernetes_endpoint, {"data": certificate}
