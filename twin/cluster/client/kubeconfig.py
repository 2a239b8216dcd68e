"""Where the API server is and who is asking, out of a kubeconfig's current context."""

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Access:
    """`authority` is the PEM of the certificate authority, empty to trust the system's; `token` is a bearer token, empty for none."""

    server: str
    authority: str
    token: str

    def tls(self) -> ssl.SSLContext | None:
        """None for a server without TLS."""
        if not self.server.startswith("https://"):
            return None
        return ssl.create_default_context(cadata=self.authority or None)


def read_kubeconfig(path: Path) -> Access:
    """Tokens only: no client certificates, no exec plugins. KeyError or StopIteration when something is missing."""
    document = yaml.safe_load(path.read_text())
    context = _named(document["contexts"], document["current-context"])["context"]
    cluster = _named(document["clusters"], context["cluster"])["cluster"]
    user = _named(document["users"], context["user"]).get("user") or {}
    encoded = cluster.get("certificate-authority-data", "")
    return Access(str(cluster["server"]).rstrip("/"), base64.b64decode(encoded).decode(), str(user.get("token", "")))


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)
