"""The quality gate: what a pushed service must pass before it becomes a release. Run by CodeBuild and by the twin's builder.

The gate is the platform's, not the pushed repository's: tools and their settings come from this folder, in interpreters
that don't see the pushed folder, and no pushed file, name or comment can turn a rule off. Only `run_tests.py` runs pushed
code: on a copy, without credentials, with a home and a temporary folder of its own, a time limit, and (where the builder
has credentials: `--user`) as another user, who can't read the builder's environment. What it leaves running is ended.

    python gate.py --source CHECKOUT/service --chart CHECKOUT/helm/sample-app --dependencies SITE_PACKAGES --report gate.json

Exit code 0: passed; 1: a check said no; 2: couldn't tell. The report is
`{"passed": bool, "checks": [{"name", "passed", "seconds", "output"}]}`, each output's last 8 KB. Standard library only.
"""

import argparse
import ctypes
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tokenize
import venv
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST_OUTPUT_BYTES = 8192
LONGEST_CHECK_SECONDS = 300.0
TIMED_OUT, NOT_STARTED = -1001, -1002
"""Beyond every exit code and signal."""
NO = {"ruff": {1}, "bandit": {1}, "mypy": {1, 2}, "bundle": {1}}
"""The exit codes by which a tool refuses the commit."""
TESTS_PASSED = 86
"""From run_tests.py. All else is a "no": nobody can deploy on tests that are broken, missing, hanging or end their interpreter."""


@dataclass(frozen=True)
class Pushed:
    """What is checked. `dependencies` are installed from the commit's own lock; `types` is what `learn_types.py` has made of them."""

    source: Path
    chart: Path | None = None
    dependencies: Path | None = None
    types: Path | None = None


@dataclass(frozen=True)
class Limits:
    """Of each check; `user` runs the pushed tests, None: whoever runs the gate."""

    seconds: float = LONGEST_CHECK_SECONDS
    user: str | None = None


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
    parser.add_argument("--chart", type=Path, help="the chart's folder in the checkout")
    parser.add_argument("--dependencies", type=Path, help="folder with the service's installed dependencies")
    parser.add_argument("--types", type=Path, help="folder that learn_types.py has made for these dependencies; it is read only")
    parser.add_argument("--report", type=Path, required=True, help="where the answer is written as JSON")
    parser.add_argument("--user", help="who runs the pushed tests; needs root")
    parser.add_argument("--seconds", type=float, default=LONGEST_CHECK_SECONDS, help="the time limit of each check")
    arguments = parser.parse_args()
    if not arguments.source.is_dir():
        print(f"There is no folder {arguments.source}.", file=sys.stderr)
        return 2
    folders = {name: getattr(arguments, name) for name in ("source", "chart", "dependencies", "types")}
    checks = run_checks(Pushed(**{name: folder and folder.resolve() for name, folder in folders.items()}), Limits(arguments.seconds, arguments.user))
    passed = all(check.passed for check in checks)
    arguments.report.write_text(json.dumps({"passed": passed, "checks": [asdict(check) for check in checks]}, indent=1))
    for check in checks:
        print(f"{'ok' if check.passed else 'FAILED':7} {check.name} ({check.seconds:.1f} s)" + ("" if check.passed else f"\n{check.output}"))
    if any(check.passed is None for check in checks):
        return 2
    return 0 if passed else 1


def run_checks(pushed: Pushed, limits: Limits) -> list[Check]:
    """Every check runs, side by side, so that one push shows all there is to mend."""
    adopt_orphans()
    code = [path.relative_to(pushed.source) for path in sorted(pushed.source.rglob("*.py")) if path.is_file()]
    code = [path for path in code if path.parts[0] != "tests"]
    if not code:
        return [Check("source", False, 0.0, "There is no Python code in the service's folder.")]
    with tempfile.TemporaryDirectory(prefix="slipway-gate-") as folder:
        scratch = Path(folder)
        scratch.chmod(0o711)  # the pushed tests' user reaches its own folder
        try:
            with ThreadPoolExecutor() as pool:
                runs = [pool.submit(run_check, name, command, pushed, scratch, limits) for name, command in commands(pushed, code, scratch).items()]
                return [check_comments(pushed.source, code), *(run.result() for run in runs)]
        finally:
            end_children()


def commands(pushed: Pushed, code: Iterable[Path], scratch: Path) -> Mapping[str, Sequence[str]]:
    """Files are named one by one, since the tools leave out folders with certain names, and with `./`, since a name may look like an option."""
    files = [f"./{path}" for path in code]
    module = [sys.executable, "-I", "-B", "-m"]
    interpreter = str(interpreter_with(pushed.dependencies, scratch / "interpreter"))
    if pushed.types is not None and pushed.types.is_dir():
        shutil.copytree(pushed.types, scratch / "cache")
    found = {
        "ruff": [*module, "ruff", "check", "--no-cache", "--ignore-noqa", "--config", str(HERE / "gate.toml"), "--output-format", "concise", "."],
        "bandit": [*module, "bandit", "--quiet", "--ignore-nosec", "--ini", str(HERE / "bandit.ini"), "--exclude", "", *files],
        "mypy": [*module, "mypy", "--config-file", str(HERE / "mypy.ini"), "--cache-dir", f"{scratch}/cache", "--python-executable", interpreter, *files],
        "pytest": [sys.executable, "-I", "-B", str(HERE / "run_tests.py")],
    }
    if pushed.chart is not None:
        found["bundle"] = [sys.executable, "-I", str(HERE / "bundle.py"), "--chart", str(pushed.chart), "--output", f"{scratch}/bundle.tgz"]
    return found


def interpreter_with(dependencies: Path | None, folder: Path) -> Path:
    """A Python that sees the dependencies as its site packages: mypy takes types of installed packages only from there."""
    venv.create(folder, symlinks=True)
    site_packages = next((folder / "lib").glob("python*/site-packages"))
    (site_packages / "sitecustomize.py").touch()  # comes before one in the dependencies, which the interpreter would run at its start
    if dependencies is not None:
        (site_packages / "dependencies.pth").write_text(f"{dependencies}\n")
    return folder / "bin/python"


def check_comments(source: Path, code: Iterable[Path]) -> Check:
    """`# mypy: ...` sets mypy's options for a file, and mypy has no option against that."""
    started, faults = time.monotonic(), []
    for path in code:
        try:
            with tokenize.open(source / path) as lines:
                faults += [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if line.startswith("# mypy:")]
        except (SyntaxError, UnicodeDecodeError) as error:
            faults.append(f"{path}: {error}")
    explained = ["Settings of the gate have no place in comments.", *faults] if faults else []
    return Check("comments", not faults, round(time.monotonic() - started, 3), "\n".join(explained)[-LONGEST_OUTPUT_BYTES:])


def run_check(name: str, command: Sequence[str], pushed: Pushed, scratch: Path, limits: Limits) -> Check:
    started = time.monotonic()
    home = scratch / name
    home.mkdir()
    if name == "pytest":
        folder = home / "service"
        shutil.copytree(pushed.source, folder, symlinks=True)  # the image is made of what was checked, whatever the tests write
        path = os.pathsep.join(str(part) for part in (folder, pushed.dependencies) if part)
        code, output = run_confined(command, folder, {"PYTHONPATH": path}, home, limits)
    else:
        code, output = run_confined(command, pushed.source, {}, home, Limits(limits.seconds))
    return Check(name, answer(name, code), round(time.monotonic() - started, 3), output)


def answer(name: str, code: int) -> bool | None:
    """What a check's exit code says; None: it couldn't tell."""
    if name == "pytest":
        return None if code == NOT_STARTED else code == TESTS_PASSED
    return True if code == 0 else False if code in NO[name] else None


def run_confined(command: Sequence[str], folder: Path, variables: Mapping[str, str], home: Path, limits: Limits) -> tuple[int, str]:
    """Exit code and the end of the output. It gets nothing of the builder's environment but PATH, and its session ends with it.

    The output goes to a file: a pipe would stay open for as long as anything that the command left behind.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", **variables}
    user = None if limits.user is None else pwd.getpwnam(limits.user)
    if user is not None:
        for path in (home, *home.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user and user.pw_uid,
                group=user and user.pw_gid,
                extra_groups=user and (),
            )  # nosec B603 - no shell
        except OSError as error:
            return NOT_STARTED, f"{error}"
        try:
            code, note = process.wait(limits.seconds), ""
        except subprocess.TimeoutExpired:
            code, note = TIMED_OUT, f"\nended after {limits.seconds:g} s"
        end_session(process)
        output.seek(max(0, output.seek(0, os.SEEK_END) - LONGEST_OUTPUT_BYTES))
        return code, (output.read().decode(errors="replace") + note).strip()


def end_session(leader: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(leader.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing is left of it
    leader.wait()


def adopt_orphans() -> None:
    """What leaves its session and loses its parent becomes a child of the gate: https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def end_children() -> None:
    """End every process that descends from the gate. Only on Linux; elsewhere what has left its session stays."""
    while children := [int(child) for path in Path("/proc/self/task").glob("*/children") for child in path.read_text().split()]:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


if __name__ == "__main__":
    sys.exit(main())
