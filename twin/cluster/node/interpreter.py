"""The Python that stands in for the base image, which images of the twin don't hold. Made once for each node; used by `command` and `environment`."""

import os
import venv
from pathlib import Path


class Interpreter:
    """`python` and `python3` in `path`, bare: no pip, no packages but the standard library."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bin"
        self._folder = folder

    def make(self) -> None:
        """Unless it is there and still leads to an executable."""
        if not os.access(self.path / "python3", os.X_OK):
            venv.EnvBuilder(with_pip=False, symlinks=True, clear=True).create(self._folder)
