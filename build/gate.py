"""The quality gate: what a pushed service must pass before it becomes a release. Run by CodeBuild and by the twin's builder.

The gate is the platform's, not the pushed repository's: tools and their settings come from this folder, and the pushed
`pyproject.toml` is not asked. The pushed code (its tests) runs without credentials, with a home and a temporary folder of
its own, a time limit, and its whole session is ended afterwards.

    python gate.py --source CHECKOUT/service --dependencies SITE_PACKAGES --report gate.json

Exit code 0: passed; 1: a check said no; 2: couldn't tell. The report is
`{"passed": bool, "checks": [{"name", "passed", "seconds", "output"}]}`, each output's last 8 KB. Standard library only.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETTINGS = HERE / "gate.toml"
LONGEST_OUTPUT_BYTES = 8192
LONGEST_CHECK_SECONDS = 300


@dataclass(frozen=True)
class Check:
    """One tool's answer. `passed` is None when the tool couldn't tell."""

    name: str
    passed: bool | None
    seconds: float
    output: str


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the quality gate over a service's source folder.")
    parser.add_argument("--source", type=Path, required=True, help="the service's folder in the checkout")
    parser.add_argument("--dependencies", type=Path, help="folder with the service's installed dependencies")
    parser.add_argument("--report", type=Path, required=True, help="where the answer is written as JSON")
    arguments = parser.parse_args()
    if not arguments.source.is_dir():
        print(f"There is no folder {arguments.source}.", file=sys.stderr)
        return 2
    checks = run_checks(arguments.source.resolve(), arguments.dependencies.resolve() if arguments.dependencies else None)
    passed = all(check.passed for check in checks)
    arguments.report.write_text(json.dumps({"passed": passed, "checks": [asdict(check) for check in checks]}, indent=1))
    for check in checks:
        print(f"{'ok' if check.passed else 'FAILED':7} {check.name} ({check.seconds:.1f} s)" + ("" if check.passed else f"\n{check.output}"))
    if any(check.passed is None for check in checks):
        return 2
    return 0 if passed else 1


def run_checks(source: Path, dependencies: Path | None) -> list[Check]:
    """Every check runs, side by side, so that one push shows all there is to mend."""
    packages = sorted(path.parent.name for path in source.glob("*/__init__.py") if path.parent.name != "tests")
    with tempfile.TemporaryDirectory(prefix="slipway-gate-") as scratch, ThreadPoolExecutor() as pool:
        interpreter = interpreter_with(dependencies, Path(scratch) / "interpreter")
        commands: dict[str, list[str]] = {
            "ruff": ["ruff", "check", "--no-cache", "--config", str(SETTINGS), "--output-format", "concise", "."],
            "bandit": ["bandit", "--quiet", "--ini", str(HERE / "bandit.ini"), "--recursive", *packages],
            "mypy": ["mypy", "--config-file", str(HERE / "mypy.ini"), "--cache-dir", f"{scratch}/mypy", "--python-executable", str(interpreter), *packages],
            "pytest": ["pytest", "-q", "-p", "no:cacheprovider", "tests"],
        }
        runs = [pool.submit(run_check, name, command, source, dependencies, Path(scratch)) for name, command in commands.items()]
        return [run.result() for run in runs]


def interpreter_with(dependencies: Path | None, folder: Path) -> Path:
    """A Python that sees the dependencies as its site packages: mypy takes types of installed packages only from there."""
    venv.create(folder, symlinks=True)
    if dependencies is not None:
        site_packages = next((folder / "lib").glob("python*/site-packages"))
        (site_packages / "dependencies.pth").write_text(f"{dependencies}\n")
    return folder / "bin/python"


def run_check(name: str, command: Sequence[str], source: Path, dependencies: Path | None, scratch: Path) -> Check:
    """Exit code 1 is every tool's "no" (pytest also says 2 to 5 for broken or missing tests: nobody can deploy on those)."""
    started = time.monotonic()
    code, output = run_confined([sys.executable, "-m", *command], source, environment(source, dependencies, scratch / name))
    said_no = code == 1 or (name in ("pytest", "mypy", "ruff") and code in (2, 3, 4, 5))
    passed = True if code == 0 else False if said_no else None
    return Check(name, passed, round(time.monotonic() - started, 3), output)


def environment(source: Path, dependencies: Path | None, home: Path) -> Mapping[str, str]:
    """Nothing of the builder's own environment but PATH: no credentials, no token, no address of an AWS service."""
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(str(folder) for folder in (source, dependencies) if folder)
    names = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", "PYTHONPATH": path}
    return names | {"PYTHONDONTWRITEBYTECODE": "1"}


def run_confined(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """Exit code (-1 after the time limit) and the end of the output. What the command left running is killed."""
    process = subprocess.Popen(
        command, cwd=folder, env=dict(variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )  # nosec B603 - no shell
    try:
        output, _ = process.communicate(timeout=LONGEST_CHECK_SECONDS)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        code, output = -1, output + f"\nended after {LONGEST_CHECK_SECONDS} s".encode()
    finally:
        end_session(process.pid)
    return code, output[-LONGEST_OUTPUT_BYTES:].decode(errors="replace").strip()


def end_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing is left of it


if __name__ == "__main__":
    sys.exit(main())
