"""Images: verified when they are pulled, unpacked once."""

import asyncio
import gzip
import io
import tarfile
from pathlib import Path

import pytest

from twin.cluster.node.images import ImageRefused, Images, UnpackedImage
from twin.cluster.node.reference import Reference, parse_reference
from twin.registry.layout import Layout, layer

FILES = {"app/main.py": b"print('hello')\n", "app/data/text": b"text"}
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def images(registry: Path, tmp_path: Path) -> Images:
    return Images(registry, tmp_path / "images")


def push(registry: Path, content: bytes = b"", tag: str = "v1") -> str:
    digest, _ = Layout(registry / "team/web").write(tag, [layer({**FILES, "app/version": content})], {"Entrypoint": ["python"]})
    return digest


def pull(images: Images, image: str, policy: str = "IfNotPresent") -> UnpackedImage:
    return asyncio.run(images.pull(image, policy))


def refusal(images: Images, image: str, policy: str = "IfNotPresent") -> tuple[str, str]:
    with pytest.raises(ImageRefused) as refused:
        pull(images, image, policy)
    return refused.value.reason, str(refused.value)


def blob_with(registry: Path, digest: str) -> Path:
    return registry / "team/web/blobs/sha256" / digest.removeprefix("sha256:")


def test_one_flipped_byte_in_any_blob_is_refused(registry: Path, images: Images, tmp_path: Path) -> None:
    digest = push(registry)
    for blob in sorted(blob_with(registry, digest).parent.iterdir()):
        content = bytearray(blob.read_bytes())
        content[len(content) // 2] ^= 1
        blob.write_bytes(content)

        reason, message = refusal(images, f"team/web@{digest}")

        assert reason == "ErrImagePull"
        assert "digest mismatch" in message
        content[len(content) // 2] ^= 1
        blob.write_bytes(content)
    assert not any(path.is_dir() for path in (tmp_path / "images").glob("*"))
    assert pull(images, f"team/web@{digest}").digest == digest


def test_an_image_that_is_there_is_not_read_again_unless_always_says_so(registry: Path, images: Images) -> None:
    digest = push(registry)
    pull(images, f"team/web@{digest}")
    blob_with(registry, digest).unlink()

    assert pull(images, f"team/web@{digest}").digest == digest
    assert pull(images, f"team/web@{digest}", "Never").digest == digest
    assert refusal(images, f"team/web@{digest}", "Always")[0] == "ErrImagePull"


def test_a_tag_stays_what_it_was_when_it_was_pulled_unless_always_says_so(registry: Path, images: Images) -> None:
    before = push(registry, b"1", "latest")
    pull(images, "team/web")
    after = push(registry, b"2", "latest")

    assert pull(images, "team/web").digest == before
    assert pull(images, "team/web", "Always").digest == after


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_anything_but_files_and_folders_is_refused(registry: Path, images: Images, kind: bytes) -> None:
    digest, _ = Layout(registry / "team/web").write("v1", [_tar("app/x", kind)], {})

    assert refusal(images, f"team/web@{digest}")[0] == "ErrImagePull"


def test_a_file_outside_of_the_image_is_refused(registry: Path, images: Images, tmp_path: Path) -> None:
    digest, _ = Layout(registry / "team/web").write("v1", [_tar("../../outside", tarfile.REGTYPE)], {})

    assert refusal(images, f"team/web@{digest}")[0] == "ErrImagePull"
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web", Reference("web", "web", "latest", "")),
        ("team/web:v1", Reference("team/web", "team/web", "v1", "")),
        ("localhost/web:v1", Reference("localhost/web", "web", "v1", "")),
        (f"registry:5000/a/b@{DIGEST}", Reference("registry:5000/a/b", "a/b", "latest", DIGEST)),
        (f"1.dkr.ecr.eu-west-1.amazonaws.com/web:v1@{DIGEST}", Reference("1.dkr.ecr.eu-west-1.amazonaws.com/web", "web", "v1", DIGEST)),
    ],
)
def test_a_reference_has_a_host_only_when_its_first_part_looks_like_one(text: str, expected: Reference) -> None:
    assert parse_reference(text) == expected


def _tar(name: str, kind: bytes) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "app/target"
        archive.addfile(entry)
    return gzip.compress(raw.getvalue(), mtime=0)
