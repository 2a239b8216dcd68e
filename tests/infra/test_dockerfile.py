"""The service's Dockerfile: the twin's image is what it says, and `make lint` would find a fault in it."""

import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from twin.builder.image import image_config, image_layers, read_dockerfile

SERVICE = Path(__file__).parents[2] / "service"
DOCKERFILE = (SERVICE / "Dockerfile").read_text()
COMMIT = "3f6c2d8e1b7a49505c3d2e1f0a9b8c7d6e5f4a3b"


@pytest.fixture
def config() -> Mapping[str, Any]:
    """Of the image that the twin makes."""
    return image_config(read_dockerfile(SERVICE, COMMIT))


def stated(name: str) -> str:
    """The last such line of the Dockerfile."""
    return str(re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)[-1])


def test_the_twins_image_runs_what_the_dockerfile_says_as_a_user_without_rights(config: Mapping[str, Any]) -> None:
    assert (str(config["Entrypoint"]).replace("'", '"'), config["Cmd"]) == (stated("ENTRYPOINT"), [])
    assert config["User"] == stated("USER") == "1000"
    assert (config["WorkingDir"], config["Env"], list(config["ExposedPorts"])) == (stated("WORKDIR"), [stated("ENV")], [f"{stated('EXPOSE')}/tcp"])


def test_the_twins_image_has_the_labels_that_say_what_it_was_made_of(config: Mapping[str, Any]) -> None:
    """https://github.com/opencontainers/image-spec/blob/main/annotations.md"""
    assert list(config["Labels"]) == re.findall(r"org\.opencontainers\.image\.[a-z]+", DOCKERFILE)
    made_of = [config["Labels"][f"org.opencontainers.image.{name}"] for name in ("version", "revision")]
    assert made_of == [COMMIT[:12], COMMIT]


def test_the_twins_image_has_the_files_that_the_dockerfile_copies(tmp_path: Path) -> None:
    ignored = (SERVICE / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--)(\S+) \S+$", DOCKERFILE, re.MULTILINE)
    assert ignored[0] == "*" and {f"!{name}" for name in copied} <= set(ignored)
    _, application = image_layers(SERVICE, tmp_path, read_dockerfile(SERVICE, COMMIT))
    with tarfile.open(fileobj=io.BytesIO(application)) as archive:
        found = {member.name for member in archive.getmembers() if member.isfile()}
    tracked = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard", "sample_app"], cwd=SERVICE, text=True).split()
    assert found == {f"app/{name}" for name in tracked}


def hadolint(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([Path(sys.executable).with_name("hadolint"), "--no-color", "-"], input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [("USER 1000", "USER root", "DL3002"), ('["python", "-m", "sample_app"]', "python -m sample_app", "DL3025"), ("--no-cache-dir ", "", "DL3042")],
)
def test_hadolint_finds_a_fault_in_the_dockerfile(right: str, wrong: str, rule: str) -> None:
    assert DOCKERFILE.count(right) == 1
    done = hadolint(DOCKERFILE.replace(right, wrong))
    assert done.returncode == 1 and rule in done.stdout


def test_the_base_of_every_stage_is_fixed_by_its_digest() -> None:
    """hadolint has no rule for it: https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"""
    assert re.search(r":3\.13-slim-bookworm@sha256:[0-9a-f]{64}$", re.findall(r"^ARG PYTHON_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)[0])
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 3
