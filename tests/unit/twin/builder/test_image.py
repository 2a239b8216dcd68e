"""The image's config is what Docker would make of the Dockerfile; what isn't understood breaks the build."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from twin.builder import BuildBroken
from twin.builder.dockerfile import instructions
from twin.builder.image import image_config, image_layers, read_dockerfile

COMMIT = "3f6c2d8e1b7a49505c3d2e1f0a9b8c7d6e5f4a3b"
DOCKERFILE = r"""
ARG BASE=python:3.13
FROM ${BASE} AS application
ENV LEFT=behind
COPY --chown=1000 sample /app/sample
COPY requirements.txt /build/
FROM $BASE
ARG COMMIT
ARG VERSION=unknown
ARG GREETING="hello there"
LABEL version="${VERSION}" \
      # a comment between the lines
      revision=$COMMIT greeting="${GREETING}" nothing="$UNDECLARED"
COPY --from=application /app /app
ENV FOLDER=/app MODE=strict
ENV MODE=relaxed PYTHONPATH=${FOLDER}:/opt/dependencies
WORKDIR /app
WORKDIR inner
USER 1000
EXPOSE 8000 9000/udp
ENTRYPOINT ["python", "-m", "sample"]
CMD ["--help"]
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    for name in ("__init__.py", "data.lock", "bin/tool.py", "__pycache__/old.cpython-311.pyc"):
        (tmp_path / "sample" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sample" / name).write_text(name)
    (tmp_path / "sample/passwords").symlink_to("/etc/passwd")
    (tmp_path / "mypy").mkdir()
    (tmp_path / "mypy/__init__.py").touch()
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def names(layer: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as archive:
        return archive.getnames()


def test_the_config_is_that_of_the_last_stage_with_its_arguments_put_in(service: Path) -> None:
    assert image_config(read_dockerfile(service, COMMIT)) == {
        "Env": ["FOLDER=/app", "MODE=relaxed", "PYTHONPATH=/app:/opt/dependencies"],
        "Labels": {"version": "3f6c2d8e1b7a", "revision": COMMIT, "greeting": "hello there", "nothing": ""},
        "WorkingDir": "/app/inner",
        "User": "1000",
        "ExposedPorts": {"8000/tcp": {}, "9000/udp": {}},
        "Entrypoint": ["python", "-m", "sample"],
        "Cmd": ["--help"],
    }


def test_the_layers_hold_what_is_copied_and_installed_without_what_differs_from_machine_to_machine(service: Path, tmp_path: Path) -> None:
    dependencies = tmp_path / "cache.lock/dependencies"
    for name in (".lock", "bin/tool", "tool/__init__.py", "tool/__pycache__/x.cpython-311.pyc", "tool-1.0.dist-info/RECORD", "tool-1.0.dist-info/METADATA"):
        (dependencies / name).parent.mkdir(parents=True, exist_ok=True)
        (dependencies / name).write_text(name)
    below, above = image_layers(service, dependencies, read_dockerfile(service, COMMIT))
    assert names(below) == ["opt/dependencies/tool-1.0.dist-info/METADATA", "opt/dependencies/tool/__init__.py"]
    assert names(above) == ["app/sample/__init__.py", "app/sample/bin/tool.py", "app/sample/data.lock"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ENTRYPOINT python -m sample", "ENTRYPOINT has to be a JSON list"),
        ("ENV MODE relaxed", "ENV has to be NAME=value"),
        ("FROM scratch", "no ENTRYPOINT"),
        ("COPY ../../etc /app/etc", "the service has no folder ../../etc"),
        ("COPY nowhere /app/nowhere", "the service has no folder nowhere"),
        ('LABEL title="open', "LABEL has an open quotation"),
    ],
)
def test_what_is_not_understood_breaks_the_build_with_a_sentence(service: Path, line: str, words: str) -> None:
    (service / "Dockerfile").write_text(f"{DOCKERFILE}{line}\n")
    with pytest.raises(BuildBroken) as broken:
        dockerfile = read_dockerfile(service, COMMIT)
        image_layers(service, service / "sample", dockerfile)
        image_config(dockerfile)
    assert broken.value.phase == "image" and words in broken.value.message


def test_a_service_without_a_dockerfile_or_one_that_copies_nothing_breaks_the_build(service: Path) -> None:
    with pytest.raises(BuildBroken) as broken:
        image_layers(service, service, instructions("FROM scratch", {}))
    assert "copies no folder" in broken.value.message
    (service / "Dockerfile").unlink()
    with pytest.raises(BuildBroken) as broken:
        read_dockerfile(service, COMMIT)
    assert broken.value.message == "the service has no Dockerfile"
