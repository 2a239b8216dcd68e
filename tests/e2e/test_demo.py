"""`make demo` as a newcomer runs it: the whole story, good and bad, on a stack of its own; and that it can fail."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def demo(runs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "twin.demo", "--name", f"demo-{uuid.uuid4().hex[:8]}", "--runs", str(runs), *arguments]
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "160", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=480, check=False)


@pytest.mark.timeout(500)
def test_the_demo_ends_well_and_says_so(tmp_path: Path) -> None:
    told = demo(tmp_path)
    assert told.returncode == 0, told.stdout
    for shown in (
        "no ledger at /var/ledger",
        "exit code 3",
        "rolled-back",
        "The gate refused the commit",
        "to grace@example.com: Approve or reject: sample-app v1.0.0 to prod",
        "GET 200, HEAD 200, GET 200, HEAD 200: nothing happened",
        "slipway-rollback SUCCEEDED: v1.0.0 is live again",
        "prod takes only releases that were healthy in stage",
        "rejected by grace (the greeting is too warm for a Monday)",
        "sample-app in prod isn't held any more",
        "Everything is as it should be",
    ):
        assert shown in told.stdout, told.stdout
    for users in ("prod", "stage"):
        assert any(line.startswith(f"{users}: ") and line.endswith("none lost.") for line in told.stdout.splitlines()), told.stdout


@pytest.mark.timeout(200)
def test_a_second_without_prod_fails_the_demo_and_is_named(tmp_path: Path) -> None:
    told = demo(tmp_path, "--fault", "prod-unreachable")
    assert told.returncode == 1, told.stdout
    named = [line for line in told.stdout.splitlines() if line.startswith("  - ")]
    assert named, told.stdout
    assert all("to prod failed without an explanation" in line for line in named), told.stdout
    assert "503" in named[0], told.stdout
