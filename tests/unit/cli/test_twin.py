"""`slipway twin`: hands its arguments to the twin, and its exit status back."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli import twin
from cli.failures import WrongUsage

ROOT = Path(__file__).resolve().parents[3]


def slipway(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", "twin", *arguments]
    return subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two stacks that have written."""
    for name, line in (("one/logs/aws.log", "served"), ("one/logs/functions/slipway-apply.log", "applied"), ("two/logs/node.log", "ready")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"first\n{line}\n")
    return tmp_path


def test_the_last_lines_of_every_part_and_function_are_shown(runs: Path) -> None:
    done = slipway("logs", "--name", "one", "--runs", str(runs), "--tail", "1")
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if line and not line.startswith("==>")] == ["served", "applied"]
    assert f"==> {runs}/one/logs/aws.log <==" in done.stdout


@pytest.mark.parametrize("part", ["slipway-apply", "functions"])
def test_one_part_can_be_chosen(runs: Path, part: str) -> None:
    assert "served" not in slipway("logs", part, "--name", "one", "--runs", str(runs)).stdout


def test_a_stack_or_a_part_that_is_not_there_is_one_line_that_says_what_is(runs: Path) -> None:
    no_part = slipway("logs", "nothing", "--name", "one", "--runs", str(runs))
    assert (no_part.returncode, no_part.stderr) == (1, "can't show logs: one has no log of nothing; it has aws, functions\n")
    no_stack = slipway("logs", "--name", "three", "--runs", str(runs))
    assert (no_stack.returncode, no_stack.stderr) == (1, f"can't show logs: there are no logs of a stack 'three' in {runs}; of other stacks: one, two\n")


def test_its_help_is_the_twins() -> None:
    assert "Start a stack and keep it running until Ctrl-C" in slipway("up", "--help").stdout


def test_without_a_checkout_it_says_where_the_twin_is(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="The twin is in Slipway's checkout"):
        twin.run(["up"], tmp_path)
