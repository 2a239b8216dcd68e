"""A verified image as a folder. Used by `images`.

Plain files and folders only, as the twin's builder makes them: links, devices and whiteouts are refused. Files are read-only, since the folder is
shared by all pods of the digest; folders stay writable, so that a stack can be removed by whoever made it.
"""

import gzip
import hashlib
import io
import shutil
import tarfile
from pathlib import Path
from tempfile import mkdtemp

from twin.registry.layout import Image, ImageError

_WHITEOUT = ".wh."


def unpack(image: Image, folder: Path) -> None:
    """Whole or not at all. ImageError when a layer isn't what the image's configuration says, or holds more than files."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(mkdtemp(prefix=f"{folder.name[:12]}.", suffix=".part", dir=folder.parent))
    try:
        for layer, diff_id in zip(image.layers, image.config["rootfs"]["diff_ids"], strict=True):
            _unpack_layer(_uncompressed(layer, diff_id), part)
        part.rename(folder)
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise ImageError(f"{image.digest}: can't be unpacked: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _uncompressed(layer: bytes, diff_id: str) -> bytes:
    try:
        content = gzip.decompress(layer)
    except (OSError, EOFError) as error:
        raise ImageError(f"layer {diff_id}: not a gzipped tar ({error})") from error
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != diff_id:
        raise ImageError(f"layer {diff_id}: digest mismatch after decompression")
    return content


def _unpack_layer(content: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if not (member.isfile() or member.isdir()) or Path(member.name).name.startswith(_WHITEOUT):
                raise ImageError(f"{member.name}: only plain files and folders are unpacked here")
            archive.extract(member, folder, filter="data")
            if member.isfile():
                path = folder / member.name
                path.chmod(0o555 if member.mode & 0o100 else 0o444)
