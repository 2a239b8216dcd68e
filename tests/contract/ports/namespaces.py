"""Namespaces of the twin's API server, with no controller beside it: whatever is written there, Helm or kubectl wrote."""

import base64
import gzip
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slipway.adapters.helm import HelmCharts
from tests.contract.cluster.parts import ready
from twin import processes

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / ".slipway" / "bin"
APP = "sample-app"
COMMIT = "c" * 40


@dataclass
class Namespace:
    kubeconfig: Path
    name: str

    @property
    def charts(self) -> HelmCharts:
        return HelmCharts(self.kubeconfig, self.name, str(TOOLS / "helm"))

    def kubectl(self, *arguments: str, text: str = "") -> str:
        command = [str(TOOLS / "kubectl"), "--kubeconfig", str(self.kubeconfig), "--namespace", self.name, *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60).stdout

    def writes(self) -> str:
        """The number of the server's last write of anything."""
        return str(json.loads(self.kubectl("get", "--raw", "/api/v1/namespaces"))["metadata"]["resourceVersion"])

    def leave(self, revision: int, status: str) -> None:
        """As a Helm that was killed leaves its record, which is a gzip of JSON, in base64 of its own."""
        record = json.loads(self.kubectl("get", "secret", f"sh.helm.release.v1.{APP}.v{revision}", "--output", "json"))
        release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
        release["info"]["status"] = record["metadata"]["labels"]["status"] = status
        record["data"]["release"] = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
        self.kubectl("replace", "--filename", "-", text=json.dumps(record))


@contextmanager
def api_server(folder: Path) -> Iterator[Path]:
    """The administrator's kubeconfig."""
    entries = folder / "access-entries.json"
    with ready(["apiserver", "--port", processes.free_port(), "--state", folder, "--access-entries", entries, "--sts-endpoint", "http://127.0.0.1:9"]):
        yield folder / "kubeconfig"
