"""One repository as an OCI image layout: writing images reproducibly, reading them with every digest checked."""

import fcntl
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"


class ImageError(Exception):
    """An image isn't there or its bytes aren't what its digests say; the message names which."""


@dataclass(frozen=True)
class Image:
    """A verified image. `layers` are the gzipped tars in the order in which they are unpacked."""

    digest: str
    manifest: bytes
    config: Mapping[str, Any]
    layers: tuple[bytes, ...]


class Layout:
    """The repository's folder; made when something is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, tag: str, layers: Sequence[bytes], config: Mapping[str, Any]) -> tuple[str, bytes]:
        """Add an image under a tag; its digest and manifest. `layers` are gzipped tars, `config` the image's `config` object."""
        diff_ids = [_digest(gzip.decompress(layer)) for layer in layers]
        document = {"architecture": "amd64", "os": "linux", "config": dict(config), "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": self._add(CONFIG, _json(document)),
                "layers": [self._add(LAYER, layer) for layer in layers],
            }
        )
        descriptor = self._add(MANIFEST, manifest)
        with self._locked():
            self._list({**descriptor, "annotations": {REF_NAME: tag}})
        return descriptor["digest"], manifest

    def digest(self, tag: str) -> str:
        """The digest that a tag stands for. ImageError when there is no such tag."""
        for entry in self._index():
            if entry.get("annotations", {}).get(REF_NAME) == tag:
                return str(entry["digest"])
        raise ImageError(f"{self._folder.name}:{tag}: not found")

    def read(self, digest: str) -> Image:
        """ImageError when a blob is missing or has other bytes than its digest and size say."""
        manifest = self._blob(digest, "manifest")
        try:
            parsed = json.loads(manifest)
            config = json.loads(self._blob(parsed["config"]["digest"], "config", parsed["config"]["size"]))
            layers = tuple(self._blob(layer["digest"], "layer", layer["size"]) for layer in parsed["layers"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ImageError(f"{self._folder.name}@{digest}: not an image manifest ({error})") from error
        return Image(digest, manifest, config, layers)

    def _blob(self, digest: str, what: str, size: int | None = None) -> bytes:
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise ImageError(f"{self._folder.name}: {what} {digest}: not found") from error
        if _digest(content) != digest or (size is not None and len(content) != size):
            raise ImageError(f"{self._folder.name}: {what} {digest}: digest mismatch, the stored bytes have {_digest(content)}")
        return content

    def _add(self, media_type: str, content: bytes) -> dict[str, Any]:
        digest = _digest(content)
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _path(self, digest: str) -> Path:
        algorithm, _, value = digest.partition(":")
        if algorithm != "sha256" or len(value) != 64 or not all(digit in "0123456789abcdef" for digit in value):
            raise ImageError(f"{self._folder.name}: {digest!r} is no digest")
        return self._folder / "blobs" / algorithm / value

    def _index(self) -> list[dict[str, Any]]:
        path = self._folder / "index.json"
        return list(json.loads(path.read_text())["manifests"]) if path.exists() else []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Two builds may list their images at the same time: none of them is lost."""
        with (self._folder / "index.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _list(self, descriptor: Mapping[str, Any]) -> None:
        others = [entry for entry in self._index() if entry.get("annotations") != descriptor["annotations"]]
        _replace(self._folder / "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _replace(self._folder / "index.json", _json({"schemaVersion": 2, "manifests": [*others, dict(descriptor)]}))


def layer(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar of these files by path; the same files give the same bytes."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(files[name]), 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return gzip.compress(raw.getvalue(), compresslevel=1, mtime=0)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never sees half a file."""
    with NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)
