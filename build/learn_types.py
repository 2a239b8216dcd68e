"""What mypy knows of a service's dependencies, computed once: most of the gate's time is reading the same libraries again.

    python learn_types.py --dependencies SITE_PACKAGES --output FOLDER

`gate.py --types FOLDER` starts from a copy of it. Nothing of a pushed service gets in: mypy reads a program that only imports the libraries, in an empty
folder. mypy itself finds out what is out of date, by the libraries' files. Exit code 0: made, or there already; 2: mypy couldn't. Standard library only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gate import HERE, interpreter_with

LONGEST_SECONDS = 300


def main() -> int:
    parser = argparse.ArgumentParser(description="Compute what mypy knows of a service's dependencies.")
    parser.add_argument("--dependencies", type=Path, required=True, help="folder with the service's installed dependencies")
    parser.add_argument("--output", type=Path, required=True, help="where it goes; complete or not at all")
    arguments = parser.parse_args()
    if arguments.output.is_dir():
        return 0
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="slipway-types-", dir=arguments.output.parent) as folder:
        empty, cache = Path(folder) / "empty", Path(folder) / "cache"
        empty.mkdir()
        interpreter = interpreter_with(arguments.dependencies.resolve(), Path(folder) / "interpreter")
        command = [sys.executable, "-I", "-B", "-m", "mypy", "--config-file", HERE / "mypy.ini", "--cache-dir", cache, "--python-executable", interpreter]
        done = subprocess.run(
            [*command, "-c", program(arguments.dependencies)],
            cwd=empty,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": folder},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )  # nosec B603 - no shell
        if not cache.is_dir():
            print(f"{done.stdout}{done.stderr}".strip(), file=sys.stderr)
            return 2
        try:
            cache.rename(arguments.output)
        except OSError:
            return 0 if arguments.output.is_dir() else 2  # somebody else was faster
    return 0


def program(dependencies: Path) -> str:
    """Imports every module and package that stands in the folder. What has no types is passed over by mypy."""
    names = sorted({path.stem for path in dependencies.iterdir() if path.suffix in (".py", "") and path.stem.isidentifier()})
    return "\n".join(f"import {name}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
