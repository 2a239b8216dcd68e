"""The handlers' unit tests on the Python that the template asks Lambda for, where this machine has one. `make test` calls it after the ordinary tests.

That Python is looked for on PATH and among pyenv's. The tests of what never runs on Lambda are left out.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts import setup

ENVIRONMENT = setup.TOOLS / "environments/lambda-python"
TESTS = ["tests/unit", *(f"--ignore=tests/unit/{elsewhere}" for elsewhere in ("build", "cli", "twin"))]


def main() -> None:
    version = wanted_version((setup.ROOT / "template.yaml").read_text())
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        print(f"handlers on Lambda's Python {version}: tested already")
        return
    python = next((candidate for candidate in candidates(version) if works(candidate, version)), None)
    if python is None:
        print(f"handlers on Lambda's Python {version}: not tested, there is none on PATH or in pyenv")
        return
    print(f"handlers on Lambda's Python {version}: {python}", flush=True)
    if not works(ENVIRONMENT / "bin/python", version):
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    setup.create_environment(ENVIRONMENT, setup.ENVIRONMENTS["dev"][1], python=python, compiled=False)
    sys.exit(subprocess.run([ENVIRONMENT / "bin/python", "-m", "pytest", "-q", "-n", "2", *TESTS], cwd=setup.ROOT, check=False).returncode)


def wanted_version(template: str) -> str:
    """Of the template's functions, such as "3.13"."""
    [version] = set(re.findall(r"^\s*Runtime: python(\d+\.\d+)$", template, re.MULTILINE))
    return str(version)


def candidates(version: str) -> Iterator[Path]:
    """PATH's first, then pyenv's, the newest first."""
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = [folder for folder in versions.glob(f"{version}.*") if folder.name.rpartition(".")[2].isdigit()]
    for folder in sorted(installed, key=lambda folder: int(folder.name.rpartition(".")[2]), reverse=True):
        yield folder / "bin/python"


def works(python: Path, version: str) -> bool:
    """Whether it starts and is of that version: one of pyenv's shims may lead nowhere."""
    program = "import ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", program], capture_output=True, text=True, check=False).stdout.strip() == version
    except OSError:
        return False


if __name__ == "__main__":
    main()
