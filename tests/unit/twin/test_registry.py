"""The registry's layout: digests are of bytes, every byte is checked when read, and a tag moves only when it is written."""

import gzip
import hashlib
import io
import json
import multiprocessing
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from twin.registry.layout import Image, ImageError, Layout, layer

FILES = {"app/sample/__init__.py": b"", "app/sample/ledger.py": b"balance = 0\n"}
CONFIG = {"Entrypoint": ["python", "-m", "sample"]}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "sample-app")


def blob(layout_folder: Path, digest: str) -> Path:
    return layout_folder / "blobs/sha256" / digest.removeprefix("sha256:")


def descriptors(image: Image) -> Mapping[str, Mapping[str, Any]]:
    manifest = json.loads(image.manifest)
    return {"config": manifest["config"], "layer": manifest["layers"][0]}


def test_the_same_files_and_config_have_the_same_digest_in_any_order_and_place(tmp_path: Path) -> None:
    one, _ = Layout(tmp_path / "one").write("a", [layer(FILES)], CONFIG)
    other, _ = Layout(tmp_path / "other").write("b", [layer(dict(reversed(FILES.items())))], CONFIG)
    changed, _ = Layout(tmp_path / "other").write("b", [layer({**FILES, "app/sample/ledger.py": b"balance = 1\n"})], CONFIG)
    assert one == other != changed


def test_what_is_read_is_what_was_written_with_sizes_and_digests_that_fit(layout: Layout, tmp_path: Path) -> None:
    packed = layer(FILES)
    digest, manifest = layout.write("v1", [packed], CONFIG)
    image = layout.read(layout.digest("v1"))
    assert (image.digest, image.manifest, image.layers, image.config["config"]) == (digest, manifest, (packed,), CONFIG)
    assert image.config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(gzip.decompress(packed)).hexdigest()}"]
    for descriptor in descriptors(image).values():
        content = blob(tmp_path / "sample-app", descriptor["digest"]).read_bytes()
        assert descriptor["size"] == len(content)
        assert descriptor["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    with tarfile.open(fileobj=io.BytesIO(image.layers[0])) as archive:
        assert {member.name: archive.extractfile(member).read() for member in archive} == FILES  # type: ignore[union-attr]


@pytest.mark.parametrize("what", ["manifest", "config", "layer"])
@pytest.mark.parametrize("fault", ["flipped", "missing"])
def test_a_flipped_or_missing_blob_is_named(layout: Layout, tmp_path: Path, what: str, fault: str) -> None:
    digest, _ = layout.write("v1", [layer(FILES)], CONFIG)
    spoiled = digest if what == "manifest" else descriptors(layout.read(digest))[what]["digest"]
    path = blob(tmp_path / "sample-app", spoiled)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    if fault == "missing":
        path.unlink()
    with pytest.raises(ImageError, match=f"sample-app: {what} {spoiled}: (digest mismatch|not found)"):
        layout.read(digest)


def written_by_hand(folder: Path, manifest: object) -> str:
    content = json.dumps(manifest).encode()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    blob(folder, digest).parent.mkdir(parents=True, exist_ok=True)
    blob(folder, digest).write_bytes(content)
    return digest


@pytest.mark.parametrize(
    "manifest",
    [[], {}, {"config": {"digest": 5, "size": 1}, "layers": []}, {"config": {"digest": "sha256:../../../../etc/passwd", "size": 1}, "layers": []}],
)
def test_a_manifest_that_is_none_is_an_image_error(layout: Layout, tmp_path: Path, manifest: object) -> None:
    with pytest.raises(ImageError):
        layout.read(written_by_hand(tmp_path / "sample-app", manifest))


def test_a_size_that_does_not_fit_is_an_image_error(layout: Layout, tmp_path: Path) -> None:
    _digest, manifest = layout.write("v1", [layer(FILES)], CONFIG)
    lying = json.loads(manifest)
    lying["layers"][0]["size"] += 1
    with pytest.raises(ImageError, match="layer"):
        layout.read(written_by_hand(tmp_path / "sample-app", lying))


@pytest.mark.parametrize("digest", ["", "latest", "sha256:", "sha256:../../../etc/passwd", f"sha256:{'A' * 64}", f"md5:{'a' * 64}", f"sha256:{'a' * 63}/"])
def test_what_is_no_digest_leads_nowhere(layout: Layout, digest: str) -> None:
    layout.write("v1", [layer(FILES)], CONFIG)
    with pytest.raises(ImageError, match="is no digest"):
        layout.read(digest)


def test_a_tag_moves_only_when_it_is_written(layout: Layout) -> None:
    first, _ = layout.write("v1", [layer(FILES)], CONFIG)
    second, _ = layout.write("v2", [layer({"app/other.py": b""})], CONFIG)
    assert (layout.digest("v1"), layout.digest("v2")) == (first, second)
    layout.write("v1", [layer({"app/other.py": b""})], CONFIG)
    assert (layout.digest("v1"), layout.digest("v2")) == (second, second)
    assert layout.read(first).layers == (layer(FILES),)
    with pytest.raises(ImageError, match="sample-app:v3: not found"):
        layout.digest("v3")


def write_several(folder: Path, tags: Sequence[str]) -> None:
    for tag in tags:
        Layout(folder).write(tag, [layer(FILES)], CONFIG)


def test_writers_at_the_same_time_lose_no_tag(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    tags = [[f"{writer}-{number}" for number in range(25)] for writer in ("one", "other")]
    writers = [context.Process(target=write_several, args=(tmp_path / "sample-app", several)) for several in tags]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len({Layout(tmp_path / "sample-app").digest(tag) for several in tags for tag in several}) == 1
    assert not list((tmp_path / "sample-app").rglob("*.part"))
