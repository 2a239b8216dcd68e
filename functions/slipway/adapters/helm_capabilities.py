"""Which Kubernetes a cluster is, in Helm's own words, for rendering a chart without giving it access to the cluster.

Of Helm's ways to render, `--dry-run=server` lets templates look things up (`lookup`) and `--dry-run=client` doesn't
(pkg/action/action.go, renderResources). For a release that is there, `helm upgrade --dry-run=client` still asks the cluster for its capabilities; for a first
one it takes those that were compiled into Helm (pkg/action/install.go). So they are asked for with a chart of ours, and handed over.
"""

import json
from pathlib import Path
from typing import Any

import yaml

NAME = "slipway-capabilities"
_CHART = f"apiVersion: v2\nname: {NAME}\nversion: 0.1.0\n"
_TEMPLATE = f"""apiVersion: v1
kind: ConfigMap
metadata: {{name: {NAME}}}
data:
  version: {{{{ .Capabilities.KubeVersion.Version | quote }}}}
  apis: {{{{ .Capabilities.APIVersions | toJson | quote }}}}
"""


def chart(folder: Path) -> Path:
    """A chart that prints them, made in the folder. Nothing of it is ever installed."""
    made = folder / NAME
    (made / "templates").mkdir(parents=True, exist_ok=True)
    (made / "Chart.yaml").write_text(_CHART)
    (made / "templates" / "capabilities.yaml").write_text(_TEMPLATE)
    return made


def options(manifest: str) -> list[str]:
    """Of `helm template`, from what that chart prints. Helm adds to the APIs those that it knows itself."""
    found: dict[str, Any] = next(item for item in yaml.safe_load_all(manifest) if item)["data"]
    return ["--kube-version", found["version"], "--api-versions", ",".join(json.loads(found["apis"]))]
