"""A build of a real repository, from its specification to image, bundle and report, as `twin.aws` starts it."""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from twin.aws.server import client, serving
from twin.registry.layout import Image, Layout

ROOT = Path(__file__).resolve().parents[4]
PERSON = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))}
FILES = {
    "service/sample_app/__init__.py": "",
    "service/sample_app/__main__.py": "print('hello')\n",
    "service/tests/test_sample.py": "import os\n\n\ndef test_it() -> None:\n    assert 'AWS_SESSION_TOKEN' not in os.environ\n",
}
VARIABLES = {"SERVICE": "sample-app", "SOURCE": "service", "CHART": "helm/sample-app", "IMAGE_REPOSITORY": "sample-app"}


@dataclass(frozen=True)
class Built:
    result: Mapping[str, Any]
    printed: str


@dataclass
class Builds:
    folder: Path
    endpoint: str
    number: int = 0
    environment: dict[str, str] = field(default_factory=VARIABLES.copy)

    @property
    def layout(self) -> Layout:
        return Layout(self.folder / "registry/sample-app")

    def commit(self, files: Mapping[str, str]) -> str:
        pushed = self.folder / "pushed"
        for name, content in files.items():
            (pushed / name).parent.mkdir(parents=True, exist_ok=True)
            (pushed / name).write_text(content)
        git = ["git", "-C", pushed, "-c", "commit.gpgSign=false"]
        for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "a commit"]):
            subprocess.run([*git, *arguments], env=os.environ | PERSON, check=True)
        return subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()

    def run(self, commit: str, **environment: str) -> Built:
        self.number += 1
        folder = self.folder / f"build-{self.number}"
        folder.mkdir()
        specification = {
            "clone_url": f"file://{self.folder}/pushed",
            "commit": commit,
            "environment": {**self.environment, "COMMIT": commit, "BUNDLES_BUCKET": "bundles", **environment},
            "registry": str(self.folder / "registry"),
            "work": str(folder / "work"),
            "aws_endpoint": self.endpoint,
            "gate_python": str(ROOT / ".slipway/environments/gate/bin/python"),
            "findings": str(self.folder / "findings.json"),
            "result": str(folder / "result.json"),
        }
        (folder / "spec.json").write_text(json.dumps(specification))
        credentials = {"AWS_ACCESS_KEY_ID": "twin", "AWS_SECRET_ACCESS_KEY": "twin", "AWS_SESSION_TOKEN": "twin", "AWS_DEFAULT_REGION": "us-east-1"}
        done = subprocess.run(
            [sys.executable, "-m", "twin.builder", "--spec", folder / "spec.json"],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **credentials},
            capture_output=True,
            text=True,
            check=True,
        )
        return Built(json.loads((folder / "result.json").read_text()), done.stdout + done.stderr)

    def stored(self, key: str) -> bytes:
        content: bytes = client("s3", self.endpoint).get_object(Bucket="bundles", Key=key)["Body"].read()
        return content

    def images(self) -> list[Mapping[str, str]]:
        found: list[Mapping[str, str]] = client("ecr", self.endpoint).list_images(repositoryName="sample-app")["imageIds"]
        return found


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving() as endpoint:
        client("s3", endpoint).create_bucket(Bucket="bundles")
        yield endpoint


@pytest.fixture
def builds(tmp_path: Path, endpoint: str) -> Iterator[Builds]:
    shutil.copytree(ROOT / "helm/sample-app", tmp_path / "pushed/helm/sample-app")
    for name in ("Dockerfile", "requirements.txt"):
        (tmp_path / "pushed/service").mkdir(exist_ok=True)
        shutil.copy(ROOT / "service" / name, tmp_path / "pushed/service")
    repositories = ("sample-app", "again")
    for repository in repositories:
        client("ecr", endpoint).create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
    yield Builds(tmp_path, endpoint)
    for repository in repositories:
        client("ecr", endpoint).delete_repository(repositoryName=repository, force=True)


def names(image: Image) -> list[list[str]]:
    found = []
    for layer in image.layers:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as archive:
            found.append(archive.getnames())
    return found


def test_the_same_commit_gives_the_same_image_and_bundle_twice_and_the_image_is_that_of_the_dockerfile(builds: Builds) -> None:
    commit = builds.commit(FILES)
    first, second = builds.run(commit), builds.run(commit, IMAGE_REPOSITORY="again")
    assert first.result["status"] == "SUCCEEDED", first.printed
    assert first.result == second.result
    bundle, digest = first.result["exported"]["BUNDLE_DIGEST"], first.result["exported"]["IMAGE_DIGEST"]
    stored = builds.stored(f"bundles/{bundle.replace(':', '/')}.tgz")
    assert bundle == f"sha256:{hashlib.sha256(stored).hexdigest()}"
    assert json.loads(builds.stored(f"builds/sample-app/{commit}/gate.json"))["passed"]
    assert {package["name"] for package in json.loads(builds.stored(f"builds/sample-app/{commit}/audit.json"))["dependencies"]} >= {"fastapi", "uvicorn"}
    assert json.loads(builds.stored(f"builds/sample-app/{commit}/sbom.json"))["bomFormat"] == "CycloneDX"
    assert builds.images() == [{"imageDigest": digest, "imageTag": commit}]

    image = builds.layout.read(builds.layout.digest(commit))
    assert image.digest == digest
    config = dict(image.config["config"])
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config.pop("Labels").items()}
    assert config == {
        "Env": ["PYTHONPATH=/app:/opt/dependencies"],
        "WorkingDir": "/app",
        "User": "1000",
        "ExposedPorts": {"8000/tcp": {}},
        "Entrypoint": ["python", "-m", "sample_app"],
        "Cmd": [],
    }
    assert (labels["title"], labels["version"], labels["revision"]) == ("sample-app", commit[:12], commit)
    dependencies, application = names(image)
    assert application == ["app/sample_app/__init__.py", "app/sample_app/__main__.py"]
    assert "opt/dependencies/fastapi/__init__.py" in dependencies
    assert all(name.startswith("opt/dependencies/") for name in dependencies)

    # Tags are immutable: an attempt whose end was lost may have got as far as the image.
    assert builds.run(commit).result == first.result
    assert builds.images() == [{"imageDigest": digest, "imageTag": commit}]


@pytest.mark.parametrize(
    ("pushed", "check", "words"),
    [
        ({"service/tests/test_sample.py": "def test_it() -> None:\n    assert 1 == 2, 'out of balance'\n"}, "pytest", "out of balance"),
        ({"service/requirements.txt": "--extra-index-url http://index.example.com\n"}, "lock", "requirements.txt, line 1"),
        ({"helm/sample-app/values-huge.yaml": "#" * 1_000_001}, "bundle", "more than 1000000 bytes"),
    ],
    ids=["test", "lock", "chart"],
)
def test_a_refused_commit_leaves_its_report_and_nothing_else(builds: Builds, pushed: Mapping[str, str], check: str, words: str) -> None:
    commit = builds.commit({**FILES, **pushed})
    built = builds.run(commit)
    assert built.result == {"status": "FAILED", "phase": "COMPLETED", "exported": {}}
    report = json.loads(builds.stored(f"builds/sample-app/{commit}/gate.json"))
    assert report["passed"] is False
    assert {failed["name"]: words in failed["output"] for failed in report["checks"] if not failed["passed"]} == {check: True}
    assert builds.images() == []


@pytest.mark.parametrize("name", ["SOURCE", "CHART"])
def test_a_folder_that_is_not_there_or_not_in_the_commit_is_a_broken_build_with_a_sentence(builds: Builds, name: str) -> None:
    commit = builds.commit(FILES)
    for folder in ("nowhere", "../../.."):
        built = builds.run(commit, **{name: folder})
        assert built.result == {"status": "FAILED", "phase": "source", "exported": {}}
        assert f"source: the commit has no folder {folder}" in built.printed
    with pytest.raises(ClientError, match="NoSuchKey"):
        builds.stored(f"builds/sample-app/{commit}/gate.json")
