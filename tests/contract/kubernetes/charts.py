"""Charts that the tests of this folder write, and their releases."""

import base64
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.contract.kubernetes.cluster import Namespace, Object

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-settings}\ndata: {colour: {{ .Values.colour | quote }}}\n"


@dataclass(frozen=True)
class Chart:
    """One in a folder, and its release `web`."""

    folder: Path
    namespace: Namespace

    def has(self, name: str, template: str | Object) -> None:
        (self.folder / "templates" / f"{name}.yaml").write_text(template if isinstance(template, str) else yaml.safe_dump(template))

    def lacks(self, name: str) -> None:
        (self.folder / "templates" / f"{name}.yaml").unlink()

    def helm(self, verb: str, *arguments: str, fails: bool = False) -> str:
        return self.namespace.cluster.helm(*verb.split(), "web", *arguments, "--namespace", self.namespace.name, fails=fails)

    def install(self, *arguments: str, fails: bool = False) -> str:
        return self.helm("install", str(self.folder), *arguments, fails=fails)

    def upgrade(self, *arguments: str, fails: bool = False) -> str:
        return self.helm("upgrade", str(self.folder), *arguments, fails=fails)

    def history(self) -> list[tuple[int, str]]:
        """Revisions and what became of them."""
        return [(each["revision"], each["status"]) for each in json.loads(self.helm("history", "--output=json"))]

    def colour(self) -> str:
        return str(self.namespace.cluster.get(self.namespace.path("configmaps", "web-settings"))["data"]["colour"])


def hook(item: Object, when: str, delete: str = "", weight: int = 0) -> Object:
    annotations = {"helm.sh/hook": when, "helm.sh/hook-weight": str(weight), **({"helm.sh/hook-delete-policy": delete} if delete else {})}
    return {**item, "metadata": {**item["metadata"], "annotations": annotations}}


def config_map(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def new_chart(folder: Path, namespace: Namespace) -> Chart:
    """With a ConfigMap that has the value `colour`."""
    (folder / "chart" / "templates").mkdir(parents=True)
    (folder / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.2.3\n")
    (folder / "chart" / "values.yaml").write_text("colour: red\n")
    found = Chart(folder / "chart", namespace)
    found.has("settings", SETTINGS)
    return found


def leave_pending(chart: Chart, revision: int) -> None:
    """As a Helm that was killed leaves its record: a gzip of JSON, in base64 of its own."""
    path = chart.namespace.path("secrets", f"sh.helm.release.v1.web.v{revision}")
    record = chart.namespace.cluster.get(path)
    release: Any = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
    release["info"]["status"] = record["metadata"]["labels"]["status"] = "pending-upgrade"
    record["data"]["release"] = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    chart.namespace.cluster.replace(path, record)
