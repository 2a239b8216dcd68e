"""Settings for the AWS side of a stack alone: no cluster, no GitHub, so what a test starts gets as far as the build and fails there."""

import sys
from pathlib import Path

from twin.aws.stack import ROOT, Settings

SLIPWAYS_TEMPLATE = ROOT / "template.yaml"
KUBERNETES_ENDPOINT = "https://127.0.0.1:1"
CERTIFICATE_AUTHORITY = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"


def settings(folder: Path, template: Path = SLIPWAYS_TEMPLATE, **parameters: str) -> Settings:
    """A stack of `template` on free ports that keeps everything in `folder`."""
    if template == SLIPWAYS_TEMPLATE:
        parameters = {"MailFrom": "slipway@example.com", **parameters}
    authority = folder / "ca.pem"
    authority.write_text(CERTIFICATE_AUTHORITY)
    return Settings(
        template=template,
        state=folder / "state",
        parameters=parameters,
        kubernetes_endpoint=KUBERNETES_ENDPOINT,
        cluster_ca=authority,
        clone_url=f"file://{folder}/no-such-repository/{{repository}}.git",
        registry=folder / "registry",
        work=folder / "builds",
        gate_python=Path(sys.executable),
    )
