"""The service's dependencies, installed once for each lock file, and what the gate's mypy knows of them."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

from twin.builder import BuildBroken

CACHE = Path(__file__).resolve().parents[2] / ".slipway" / "cache" / "dependencies"
"""By the SHA-256 of the lock. `scripts/setup.py` puts this checkout's own lock there; another one needs the package index."""
TYPES = CACHE.parent / "types"
"""By the same name. Also made by `scripts/setup.py` for this checkout's own lock."""


def installed(lock: Path, cache: Path = CACHE) -> Path:
    """A folder with exactly what the lock names, hashes checked. BuildBroken when it can't be installed."""
    if not lock.is_file():
        raise BuildBroken("dependencies", "the service has no requirements.txt")
    folder = cache / hashlib.sha256(lock.read_bytes()).hexdigest()
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    part = Path(mkdtemp(dir=cache))
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--python", sys.executable, "--target", part, "-r", lock]
    done = subprocess.run([str(argument) for argument in command], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(part)
        raise BuildBroken("dependencies", done.stderr.strip())
    try:
        part.rename(folder)
    except OSError:
        shutil.rmtree(part)  # another build was faster
    return folder


def types_of(dependencies: Path, gate_python: str, scripts: Path, cache: Path = TYPES) -> Path:
    """What `build/learn_types.py` makes of an installed folder, for `gate.py --types`. BuildBroken when it can't."""
    types = cache / dependencies.name
    command = [gate_python, str(scripts / "learn_types.py"), "--dependencies", str(dependencies), "--output", str(types)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildBroken("types", done.stderr.strip())
    return types
