"""The folder that stands for Lambda's /var/task: the function's code and the platform's configuration."""

import shutil
from collections.abc import Sequence
from pathlib import Path


def make_task_root(target: Path, code: Path, configuration: Sequence[Path]) -> Path:
    """Fill `target` with links to the packages below `code` (a CodeUri) and to `configuration` files; what was there goes.

    Links, so that compiled bytecode is kept from one start of the stack to the next. FileNotFoundError for a missing file.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    packages = [entry for entry in sorted(code.iterdir()) if entry.is_dir() and entry.name.isidentifier() and entry.name != "__pycache__"]
    modules = sorted(code.glob("*.py"))
    for source in (*packages, *modules, *configuration):
        (target / source.name).symlink_to(source.resolve(strict=True))
    return target
