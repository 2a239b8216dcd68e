"""The gate says no to each kind of fault, and nothing that is pushed can talk it out of that."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GATE_PYTHON = ROOT / ".slipway/environments/gate/bin/python"
SOUND = {
    "sample/__init__.py": "",
    "sample/ledger.py": "def total(amounts: list[int]) -> int:\n    return sum(amounts)\n",
    "tests/test_ledger.py": "from sample.ledger import total\n\n\ndef test_total() -> None:\n    assert total([1, 2]) == 3\n",
}
FAULTS = {
    "sample/faults.py": 'import os\nimport subprocess\n\nwrong: int = "text"\neval("1 + 1")\nsubprocess.run("ls", shell=True)\n',
    "tests/test_faults.py": "def test_balance() -> None:\n    assert 1 == 2, 'the ledger is out of balance'\n",
}
SEEN = {
    "ruff": ["`os` imported but unused"],
    "bandit": ["B307", "B602"],
    "mypy": ["Incompatible types in assignment"],
    "pytest": ["the ledger is out of balance", "1 failed"],
}


@dataclass(frozen=True)
class Answer:
    status: int
    checks: Mapping[str, Mapping[str, object]]
    printed: str

    def passed(self) -> set[str]:
        return {name for name, check in self.checks.items() if check["passed"]}

    def sees_all_faults(self) -> None:
        assert self.status == 1
        for name, words in SEEN.items():
            assert self.checks[name]["passed"] is False, (name, self.checks[name])
            assert all(word in str(self.checks[name]["output"]) for word in words), (name, self.checks[name])


def write(folder: Path, *files: Mapping[str, str]) -> Path:
    for several in files:
        for name, content in several.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
    return folder


def gate(source: Path, *options: object, python: Path = GATE_PYTHON, **variables: str) -> Answer:
    report = source.with_name(f"{source.name}-report.json")
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | variables
    command = [python, ROOT / "build/gate.py", "--source", source, "--report", report, *options]
    done = subprocess.run([str(part) for part in command], env=outside, capture_output=True, text=True, check=False)
    checks = json.loads(report.read_text())["checks"] if report.exists() else []
    return Answer(done.returncode, {check["name"]: check for check in checks}, done.stdout + done.stderr)


def test_the_service_of_this_checkout_passes_and_stays_as_it_was(tmp_path: Path) -> None:
    service = Path(shutil.copytree(ROOT / "service", tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__", ".*_cache")))
    before = {path: path.read_bytes() for path in service.rglob("*") if path.is_file()}
    lock = hashlib.sha256((service / "requirements.txt").read_bytes()).hexdigest()
    answer = gate(service, "--chart", ROOT / "helm/sample-app", "--dependencies", ROOT / ".slipway/cache/dependencies" / lock)
    assert (answer.status, answer.passed()) == (0, {"comments", "ruff", "bandit", "mypy", "pytest", "bundle"}), answer.printed
    assert {path: path.read_bytes() for path in service.rglob("*") if path.is_file()} == before


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Dependencies with a typed library, and what `learn_types.py` makes of them."""
    dependencies, types = (tmp_path_factory.mktemp("gate") / name for name in ("dependencies", "types"))
    write(dependencies, {"library/py.typed": "", "library/__init__.py": "def double(number: int) -> int:\n    return 2 * number\n"})
    command = [GATE_PYTHON, ROOT / "build/learn_types.py", "--dependencies", dependencies, "--output", types]
    for _ in range(2):  # the second finds it there
        subprocess.run([str(part) for part in command], check=True)
    return dependencies, types


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_types_that_were_learnt_before_find_the_same_faults_and_stay_as_they_are(tmp_path: Path, library: tuple[Path, Path]) -> None:
    dependencies, types = library
    before = contents(types)
    wrong = {"sample/doubled.py": 'from library import double\n\nDOUBLED: str = double("two")\n'}
    answer = gate(write(tmp_path / "service", SOUND, wrong), "--dependencies", dependencies, "--types", types)
    assert answer.checks["mypy"]["passed"] is False
    for words in ('Argument 1 to "double" has incompatible type "str"', 'expression has type "int", variable has type "str"'):
        assert words in str(answer.checks["mypy"]["output"])
    assert contents(types) == before


def test_a_library_that_has_changed_since_its_types_were_learnt_is_read_anew(tmp_path: Path, library: tuple[Path, Path]) -> None:
    dependencies, types = (Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in library)
    (dependencies / "library/__init__.py").write_text("def double(number: str) -> str:\n    return 2 * number\n")
    right = {"sample/doubled.py": 'from library import double\n\nDOUBLED: str = double("two")\n'}
    assert "mypy" in gate(write(tmp_path / "service", SOUND, right), "--dependencies", dependencies, "--types", types).passed()


def test_a_pushed_module_with_a_librarys_name_gets_nothing_from_its_types(tmp_path: Path, library: tuple[Path, Path]) -> None:
    dependencies, types = library
    pushed = {
        "library/__init__.py": "def double(number: str) -> str:\n    return 2 * number\n",
        "sample/doubled.py": "from library import double\n\ndouble(2)\n",
    }
    answer = gate(write(tmp_path / "service", SOUND, pushed), "--dependencies", dependencies, "--types", types)
    assert 'Argument 1 to "double" has incompatible type "int"' in str(answer.checks["mypy"]["output"])


LOOSE_SETTINGS = {
    "pyproject.toml": """
[tool.ruff]
exclude = ["*"]
[tool.ruff.lint]
select = []
[tool.mypy]
ignore_errors = true
[tool.bandit]
skips = ["B307", "B602"]
[tool.pytest.ini_options]
addopts = "--collect-only"
""",
    "ruff.toml": 'exclude = ["*"]\n',
    "sample/ruff.toml": "lint.select = []\n",
    "sample/.ruff.toml": "lint.select = []\n",
    ".gitignore": "*\n",
    ".ignore": "*\n",
    ".bandit": "[bandit]\nskips = B307,B602\nexclude = sample\n",
    "mypy.ini": "[mypy]\nignore_errors = true\n",
    ".mypy.ini": "[mypy]\nignore_errors = true\n",
    "setup.cfg": "[mypy]\nignore_errors = true\n[tool:pytest]\naddopts = --collect-only\n[bandit]\nskips = B307,B602\n",
    "pytest.ini": "[pytest]\naddopts = --collect-only\n",
    "tox.ini": "[pytest]\naddopts = --collect-only\n",
    "conftest.py": "collect_ignore_glob = ['*']\n",
}
ENDS_WELL = "import os\n\nos._exit(0)\n"
STANDING_IN_FOR_A_TOOL = {
    **{f"{tool}.py": ENDS_WELL for tool in ("ruff", "bandit", "pytest", "_pytest", "sitecustomize", "usercustomize", "ast", "tomllib")},
    "mypy/__init__.py": "",
    "mypy/__main__.py": ENDS_WELL,
    "pluggy/__init__.py": ENDS_WELL,
}
COMMENTS = {
    "sample/faults.py": """# mypy: ignore-errors
# ruff: noqa
import os  # noqa: F401
import subprocess  # nosec

wrong: int = "text"  # noqa
eval("1 + 1")  # noqa: S307 # nosec B307
subprocess.run("ls", shell=True)  # nosec
"""
}


@pytest.mark.parametrize("pushed", [LOOSE_SETTINGS, STANDING_IN_FOR_A_TOOL], ids=["settings", "names of tools"])
def test_pushed_settings_and_names_hide_no_fault(tmp_path: Path, pushed: Mapping[str, str]) -> None:
    gate(write(tmp_path / "service", SOUND, FAULTS, pushed)).sees_all_faults()


def test_each_kind_of_fault_is_a_no_with_the_tools_words(tmp_path: Path) -> None:
    for name, faults in (("code", ["sample/faults.py"]), ("tests", ["tests/test_faults.py"])):
        answer = gate(write(tmp_path / name, SOUND, {fault: FAULTS[fault] for fault in faults}))
        failed = {"ruff", "bandit", "mypy"} if name == "code" else {"pytest"}
        assert (answer.status, answer.passed()) == (1, {"comments", *SEEN} - failed), answer.printed
        assert all(word in str(answer.checks[check]["output"]) and word in answer.printed for check in failed for word in SEEN[check])


def test_comments_hide_no_fault(tmp_path: Path) -> None:
    answer = gate(write(tmp_path / "service", SOUND, COMMENTS))
    assert (answer.status, answer.passed()) == (1, {"mypy", "pytest"})  # mypy has no option against its own comments, hence a check of them
    assert "sample/faults.py:1: # mypy: ignore-errors" in str(answer.checks["comments"]["output"])
    assert "F401" in str(answer.checks["ruff"]["output"])
    assert all(rule in str(answer.checks["bandit"]["output"]) for rule in ("B307", "B602"))


def test_no_name_is_taken_for_an_option(tmp_path: Path) -> None:
    options = {f"{option}/__init__.py": "" for option in ("--exit-zero", "--help", "@sample")}
    answer = gate(write(tmp_path / "service", SOUND, FAULTS, options))
    assert "B307" in str(answer.checks["bandit"]["output"])
    assert "not a valid Python package name" in str(answer.checks["mypy"]["output"])
    assert (answer.status, answer.passed()) == (1, {"comments"})


def test_no_name_of_a_folder_or_file_hides_code(tmp_path: Path) -> None:
    """Each of these is left out by some tool's default; a stub beside a module hides the module from mypy."""
    hidden = ["sample/node_modules/faults.py", "sample/build/faults.py", "sample/CVS.py", "faults.py"]
    service = write(tmp_path / "service", SOUND, dict.fromkeys(hidden, FAULTS["sample/faults.py"]), {f"{name}i": "wrong: int\n" for name in hidden})
    answer = gate(service)
    assert answer.status == 1
    for tool in ("ruff", "bandit", "mypy"):
        assert all(name in str(answer.checks[tool]["output"]) for name in hidden), (tool, answer.checks[tool])


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ({}, "tests"),
        ({"tests/test_later.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_it() -> None:\n    assert False\n"}, "No test passed."),
        ({"tests/conftest.py": "import os\n\nos._exit(0)\n", "tests/test_it.py": "def test_it() -> None:\n    assert False\n"}, ""),
        ({"tests/test_it.py": "import os\n\n\ndef test_it() -> None:\n    os.abort()\n"}, ""),
    ],
    ids=["none", "all skipped", "ends the interpreter well", "ends the interpreter badly"],
)
def test_tests_that_show_nothing_are_a_no(tmp_path: Path, tests: Mapping[str, str], words: str) -> None:
    code = {name: content for name, content in SOUND.items() if name.startswith("sample")}
    answer = gate(write(tmp_path / "service", code, tests))
    assert (answer.status, answer.checks["pytest"]["passed"]) == (1, False), answer.printed
    assert words in str(answer.checks["pytest"]["output"])


def test_pushed_tests_see_nothing_of_the_builders_environment(tmp_path: Path) -> None:
    test = """
import os


def test_environment() -> None:
    assert sorted(os.environ) == ["CURRENT"], "see below"
""".replace('["CURRENT"]', "sorted({'PATH', 'HOME', 'TMPDIR', 'LANG', 'PYTHONPATH', 'PYTEST_CURRENT_TEST', 'PYTEST_VERSION'})")
    secrets = {"AWS_SESSION_TOKEN": "planted", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/planted", "GITHUB_TOKEN": "planted", "HOME": "/planted"}
    answer = gate(write(tmp_path / "service", SOUND, {"tests/test_environment.py": test}), **secrets)
    assert answer.status == 0, answer.printed
    assert "planted" not in answer.printed


LEAVES_A_PROCESS = """
import pathlib
import subprocess
import sys

SLEEPER = "import pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text('up'); signal.pause()"


def test_leaves_a_process() -> None:
    up = pathlib.Path.cwd() / "up"
    process = subprocess.Popen([sys.executable, "-c", SLEEPER, str(up)], start_new_session=True)  # holds the output open, too
    while not up.exists():
        assert process.poll() is None
    pathlib.Path({pid!r}).write_text(str(process.pid))
"""


def test_what_a_test_leaves_running_is_ended_and_holds_nothing_up(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    test = LEAVES_A_PROCESS.replace("{pid!r}", repr(str(pid)))
    started = time.monotonic()
    answer = gate(write(tmp_path / "service", SOUND, {"tests/test_process.py": test}), "--seconds", 60)
    assert answer.checks["pytest"]["passed"], answer.printed
    assert time.monotonic() - started < 60
    assert not Path(f"/proc/{pid.read_text()}").exists()


def test_tests_that_hang_are_ended_at_the_limit_and_are_a_no(tmp_path: Path) -> None:
    test = "import signal\n\n\ndef test_hangs() -> None:\n    print('waiting', flush=True)\n    signal.pause()\n"
    answer = gate(write(tmp_path / "service", SOUND, {"tests/test_hangs.py": test}), "--seconds", 5)
    assert answer.checks["pytest"]["passed"] is False
    assert "ended after 5 s" in str(answer.checks["pytest"]["output"])
    assert answer.status == 1, answer.printed


def test_a_missing_folder_and_a_tool_that_is_broken_are_no_answer(tmp_path: Path) -> None:
    assert gate(tmp_path / "nowhere").status == 2
    shutil.copytree(ROOT / "build", tmp_path / "build")
    (tmp_path / "build/gate.toml").unlink()
    done = subprocess.run(
        [GATE_PYTHON, tmp_path / "build/gate.py", "--source", write(tmp_path / "service", SOUND), "--report", tmp_path / "report.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert [check["passed"] for check in json.loads((tmp_path / "report.json").read_text())["checks"] if check["name"] == "ruff"] == [None]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become somebody else")
def test_pushed_tests_as_another_user_cannot_read_the_builders_environment(tmp_path: Path) -> None:
    script = f"""
import os, sys
sys.path.insert(0, {str(ROOT / "build")!r})
from pathlib import Path
from tempfile import TemporaryDirectory
import gate
with TemporaryDirectory() as folder:
    Path(folder).chmod(0o711)
    home = Path(folder) / "home"
    home.mkdir()
    shell = "id -un; tr '\\\\0' '\\\\n' < /proc/$PPID/environ; touch $HOME/written && echo wrote"
    print(gate.run_confined(["/bin/sh", "-c", shell], home, {{}}, home, gate.Limits(10, "nobody"))[1])
"""
    secret = os.environ | {"AWS_SESSION_TOKEN": "planted"}
    shown = subprocess.run([GATE_PYTHON, "-c", script], env=secret, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("nobody\n") and "wrote" in shown and "Permission denied" in shown
    assert "planted" not in shown
