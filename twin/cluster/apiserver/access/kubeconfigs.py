"""The kubeconfigs of the operator and of the cluster's own parts, each with a random token. Written by the server before it listens.

Where a real cluster has client certificates (kubeadm) or service account tokens, these have static tokens, which end with the server.
"""

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

import yaml

from twin.cluster.apiserver.access.private_files import write_private
from twin.cluster.apiserver.access.user import MASTERS, User

ADMIN = User("kubernetes-admin", frozenset({MASTERS}))
CONTROLLERS = User("system:kube-controller-manager", frozenset())
NODE = User("system:node:node-1", frozenset({"system:nodes"}))
FRONT_DOOR = User("system:serviceaccount:kube-system:aws-load-balancer-controller", frozenset({"system:serviceaccounts", "system:serviceaccounts:kube-system"}))

_USERS: Mapping[str, User] = {
    "kubeconfig": ADMIN,
    "controllers.kubeconfig": CONTROLLERS,
    "node.kubeconfig": NODE,
    "front-door.kubeconfig": FRONT_DOOR,
}


def write_kubeconfigs(folder: Path, endpoint: str, authority: str) -> Mapping[str, User]:
    """Write them all into `folder`, readable by their owner only; each token's user. `authority` is the PEM of the certificate authority."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens: dict[str, User] = {}
    for file, user in _USERS.items():
        token = secrets.token_urlsafe(32)
        write_private(folder / file, yaml.safe_dump(_kubeconfig(endpoint, authority, user.name, token), sort_keys=False))
        tokens[token] = user
    return tokens


def _kubeconfig(endpoint: str, authority: str, user: str, token: str) -> dict[str, object]:
    cluster, context = "kubernetes", f"{user}@kubernetes"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": cluster, "cluster": {"server": endpoint, "certificate-authority-data": base64.b64encode(authority.encode()).decode()}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
    }
