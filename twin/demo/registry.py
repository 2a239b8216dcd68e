"""Which image a commit has, read from the registry's folders (OCI image layout), not from Slipway's record of it."""

import json
from pathlib import Path


def image_digest(registry: Path, repository: str, commit: str) -> str:
    """`sha256:<hex>` of the manifest that is tagged with the commit; empty when there is none."""
    index = registry / repository / "index.json"
    if not index.exists():
        return ""
    manifests = json.loads(index.read_text())["manifests"]
    return next((str(manifest["digest"]) for manifest in manifests if manifest.get("annotations", {}).get("org.opencontainers.image.ref.name") == commit), "")
