"""The checks that `make lint` runs find what they are there for: a planted fault of each kind fails."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
SUPPRESSIONS = {"noqa": 20, "type: ignore": 12, "nosec": 12}
"""How many there may be, of each kind, outside the tests. More of them is a decision to be made here, with a reason in the line."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("functions", "twin", "cli", "build"):
        shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "requirements*"))
    shutil.copy("pyproject.toml", tmp_path)
    return tmp_path


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": f"{checkout}/functions:{checkout}"}
    return subprocess.run([BIN / command[0], *command[1:]], cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_a_step_that_imports_an_adapter_breaks_the_layers(checkout: Path) -> None:
    step = checkout / "functions/slipway/steps/plan.py"
    step.write_text(step.read_text() + "\nfrom slipway.adapters import helm\n")
    done = run(checkout, "lint-imports", "--no-cache")
    assert done.returncode == 1
    assert "slipway.steps.plan -> slipway.adapters.helm" in done.stdout


def test_the_twin_importing_the_product_is_refused(checkout: Path) -> None:
    module = checkout / "twin/processes.py"
    module.write_text(module.read_text() + "\nimport slipway.errors\n")
    done = run(checkout, "lint-imports", "--no-cache")
    assert done.returncode == 1
    assert "twin.processes -> slipway.errors" in done.stdout


def test_the_command_line_importing_the_product_is_refused(checkout: Path) -> None:
    module = checkout / "cli/hold.py"
    module.write_text(module.read_text() + "\nimport slipway.errors\n")
    done = run(checkout, "lint-imports", "--no-cache")
    assert done.returncode == 1
    assert "cli.hold -> slipway.errors" in done.stdout


def test_a_type_error_fails(checkout: Path) -> None:
    module = checkout / "functions/slipway/domain/lease.py"
    module.write_text(module.read_text() + '\nwrong: int = "text"\n')
    done = run(checkout, "mypy", "--no-incremental", "functions/slipway/domain")
    assert done.returncode == 1
    assert "Incompatible types in assignment" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("Next: AcquireLease", "Next: AquireLease", "a transition leads to AquireLease, which isn't there"),
        ("Next: ReleaseLease", "Next: Ended", "no transition leads to ReleaseLease"),
        ("Type: Choice", "Type: Choise", "'Choise' is not one of"),
    ],
)
def test_a_fault_in_a_definition_fails(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    definition = tmp_path / "deploy.asl.yaml"
    definition.write_text(Path("statemachines/deploy.asl.yaml").read_text().replace(right, wrong))
    done = subprocess.run([sys.executable, "scripts/lint_definitions.py", definition], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert fault in done.stdout


@pytest.mark.parametrize(
    ("linter", "file", "right", "wrong", "fault"),
    [
        ("cfn-lint", "statemachines/deploy.asl.yaml", "Type: Choice", "Type: Choise", "'Choise' is not one of"),
        ("cfn-lint", "template.yaml", "Threshold: 1\n", "Threshold: much\n", "'much' is not of type 'number'"),
        ("checkov", "template.yaml", "EnableKeyRotation: true", "EnableKeyRotation: false", "Ensure rotation for customer created"),
    ],
    ids=["definition", "property", "safety"],
)
def test_a_fault_in_the_translated_template_fails(tmp_path: Path, linter: str, file: str, right: str, wrong: str, fault: str) -> None:
    shutil.copytree("statemachines", tmp_path / "statemachines")
    shutil.copy("template.yaml", tmp_path)
    planted = tmp_path / file
    planted.write_text(planted.read_text().replace(right, wrong))
    done = subprocess.run([sys.executable, "-m", "scripts.lint_template", linter, tmp_path / "template.yaml"], capture_output=True, text=True, check=False)
    assert (done.returncode != 0, fault in done.stdout) == (True, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "actions/checkout@v6", "unpinned-uses"),
        ("bash .ci/run", "echo '${{ github.head_ref }}'", "template-injection"),
        ("  pull_request:", "  pull_request_target:", "dangerous-triggers"),
    ],
)
def test_a_fault_in_a_workflow_fails(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    workflow = tmp_path / "checks.yml"
    text = Path(".github/workflows/checks.yml").read_text()
    assert text.count(right) == 1
    workflow.write_text(text.replace(right, wrong))
    done = run(tmp_path, "zizmor", "--quiet", "--offline", "--no-progress", str(workflow))
    assert done.returncode not in (0, 1), done.stdout
    assert fault in done.stdout


def test_suppressions_are_counted() -> None:
    tracked = [Path(name) for name in subprocess.check_output(["git", "ls-files", "*.py"], text=True).split()]
    found: Counter[str] = Counter()
    for path in tracked:
        if path.parts[0] != "tests" and path.exists():
            found.update(re.findall(r"#\s*(noqa|type: ignore|nosec)", path.read_text()))
    assert all(found[kind] <= most for kind, most in SUPPRESSIONS.items()), dict(found)
