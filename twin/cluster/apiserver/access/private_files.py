"""Files with secrets in them, for their owner only. Used by `certificates` and `kubeconfigs`."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Readable and writable by its owner only, from before the first byte is in it."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)  # it may have been there before, open to all
        file.write(text)
