"""`make demo` as a newcomer runs it: the whole main job, good and bad, on a stack of its own."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_the_demo_ends_well_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twin.demo", "--name", f"demo-{uuid.uuid4().hex[:8]}", "--runs", str(tmp_path)]
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "160", "PYTHONPATH": str(ROOT)}
    demo = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=380, check=False)
    assert demo.returncode == 0, demo.stdout
    for shown in ("no ledger at /var/ledger", "exit code 3", "rolled-back", "The gate refused the commit", "Everything is as it should be"):
        assert shown in demo.stdout, demo.stdout
