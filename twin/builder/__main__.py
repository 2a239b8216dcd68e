"""`python -m twin.builder --spec FILE`: runs the phases of one build and writes its result.

The result is `{"status": "SUCCEEDED" | "FAILED", "phase": ..., "exported": {NAME: value}}`. Exit code 0 when there is a
result; anything else means that the builder itself broke.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from twin.builder import BuildBroken
from twin.builder.advisories import serving
from twin.builder.dependencies import installed, types_of
from twin.builder.image import image_config, image_layers, read_dockerfile
from twin.builder.source import checkout
from twin.registry.layout import Layout

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "build"


@dataclass
class Build:
    """One build from its specification (see `twin/aws/builds.py`, which writes it)."""

    specification: Mapping[str, Any]
    exported: dict[str, str] = field(default_factory=dict)

    def run(self) -> str:
        """Every phase in order; the build's status. BuildBroken when a phase couldn't tell."""
        work = Path(self.specification["work"])
        work.mkdir(parents=True)
        source = checkout(self.specification["clone_url"], self.specification["commit"], work / "source")
        service = _inside(source, self.variable("SOURCE"))
        chart = _inside(source, self.variable("CHART"))
        lock, report = service / "requirements.txt", work / "gate.json"
        if not self.accepted("lock", [sys.executable, SCRIPTS / "lock.py", "--lock", lock, "--report", report], report):
            return "FAILED"
        dependencies = installed(lock)
        types = types_of(dependencies, self.specification["gate_python"], SCRIPTS)
        gate = [self.specification["gate_python"], SCRIPTS / "gate.py", "--source", service, "--chart", chart, "--dependencies", dependencies]
        if not self.accepted("gate", [*gate, "--types", types, "--report", report], report):
            return "FAILED"
        self.audit(lock, work)
        self.bundle(chart, work / "bundle.tgz")
        self.image(service, dependencies)
        return "SUCCEEDED"

    def accepted(self, phase: str, command: Sequence[object], report: Path) -> bool:
        """Whether a check said yes. Its report, if it wrote one, goes to S3: from it the control plane tells a "no" from a broken build."""
        code = _run(command, allowed=(0, 1, 2))
        if code == 2:
            raise BuildBroken(phase, "a check couldn't tell")
        if report.exists():
            self.report(report, "gate")
        return code == 0

    def audit(self, lock: Path, work: Path) -> None:
        """What is known against the packages, by the twin's own OSV."""
        files = {name: work / f"{name}.json" for name in ("audit", "sbom")}
        with serving(Path(self.specification["findings"])) as url:
            _run(
                [
                    self.specification["gate_python"],
                    SCRIPTS / "audit.py",
                    "--lock",
                    lock,
                    "--osv-url",
                    f"{url}/v1/query",
                    "--audit",
                    files["audit"],
                    "--sbom",
                    files["sbom"],
                ]
            )
        for name, file in files.items():
            self.report(file, name)

    def bundle(self, chart: Path, output: Path) -> None:
        _run([sys.executable, SCRIPTS / "bundle.py", "--chart", chart, "--output", output])
        content = output.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        self.upload(content, f"bundles/sha256/{digest}.tgz")
        self.exported["BUNDLE_DIGEST"] = f"sha256:{digest}"

    def image(self, service: Path, dependencies: Path) -> None:
        """Write the image under the commit's tag and make it known to ECR. Tags are immutable: an earlier attempt's image stays."""
        repository, commit = self.variable("IMAGE_REPOSITORY"), self.variable("COMMIT")
        ecr = boto3.client("ecr", endpoint_url=self.specification["aws_endpoint"])
        if earlier := ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": commit}])["images"]:
            self.exported["IMAGE_DIGEST"] = earlier[0]["imageId"]["imageDigest"]
            return
        dockerfile = read_dockerfile(service, commit)
        layout = Layout(Path(self.specification["registry"]) / repository)
        digest, manifest = layout.write(commit, image_layers(service, dependencies, dockerfile), image_config(dockerfile))
        ecr.put_image(repositoryName=repository, imageManifest=manifest.decode(), imageTag=commit, imageDigest=digest)
        self.exported["IMAGE_DIGEST"] = digest

    def report(self, file: Path, name: str) -> None:
        self.upload(file.read_bytes(), f"builds/{self.variable('SERVICE')}/{self.variable('COMMIT')}/{name}.json")

    def upload(self, content: bytes, key: str) -> None:
        boto3.client("s3", endpoint_url=self.specification["aws_endpoint"]).put_object(Bucket=self.variable("BUNDLES_BUCKET"), Key=key, Body=content)

    def variable(self, name: str) -> str:
        """A variable of the build's environment."""
        try:
            return str(self.specification["environment"][name])
        except KeyError:
            raise BuildBroken("environment", f"the build has no variable {name}") from None


def _inside(checkout: Path, relative: str) -> Path:
    """A folder of the checkout; never one that a link leads out of it."""
    path = (checkout / relative).resolve()
    if not path.is_relative_to(checkout.resolve()) or not path.is_dir():
        raise BuildBroken("source", f"the commit has no folder {relative}")
    return path


def _run(command: Sequence[object], allowed: Sequence[int] = (0,)) -> int:
    done = subprocess.run([str(part) for part in command], check=False)
    if done.returncode not in allowed:
        raise BuildBroken(Path(str(command[1])).stem, f"exit code {done.returncode}")
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="Run one build.")
    parser.add_argument("--spec", type=Path, required=True)
    specification = json.loads(parser.parse_args().spec.read_text())
    build = Build(specification)
    try:
        result = {"status": build.run(), "phase": "COMPLETED", "exported": build.exported}
    except BuildBroken as broken:
        print(f"{broken.phase}: {broken.message}", file=sys.stderr)
        result = {"status": "FAILED", "phase": broken.phase, "exported": {}}
    Path(specification["result"]).write_text(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
