"""A pushed lock file names pinned packages and nothing that makes pip or uv run or fetch something else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HASH = f"--hash=sha256:{'ab' * 32}"
PINNED = f"sample==1.0 {HASH}\n"


def check(lock: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, ROOT / "build/lock.py", "--lock", lock, "--report", lock.with_name("report.json")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("lock", ["service/requirements.txt", "requirements/dev.txt"])
def test_locks_that_uv_wrote_are_accepted(tmp_path: Path, lock: str) -> None:
    (tmp_path / "requirements.txt").write_text((ROOT / lock).read_text() + f"\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    {HASH}\n")
    accepted = check(tmp_path / "requirements.txt")
    assert accepted.returncode == 0, accepted.stderr
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize(
    "lines",
    [
        "--index-url http://index.example.com/simple\n",
        "  --extra-index-url=http://index.example.com/simple\n",
        "--no-binary :all:\n",
        "-r /etc/passwd\n",
        "-e .\n",
        f"./sample.tar.gz {HASH}\n",
        f"sample @ http://index.example.com/sample-1.0.whl {HASH}\n",
        f"http://index.example.com/sample-1.0.whl {HASH}\n",
        f"sample==1.0 --config-settings=a=b {HASH}\n",
        f"sample==1.0 ; python_version > '3' --no-binary=sample {HASH}\n",
        f"sample==1.0 ; python_version > '3' -e . {HASH}\n",
        f"sample=={'${HOME}'} {HASH}\n",
        "sample>=1.0\n",
        "# a comment that goes on \\\n--no-binary :all:\n",
        "# a comment\x0c--no-binary :all:\n",
        "# -*- coding: utf-7 -*-\n",
        "\ufeff--no-binary :all:\n",
    ],
)
def test_everything_else_is_refused_with_its_line(tmp_path: Path, lines: str) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(lines + PINNED)
    refused = check(lock)
    assert refused.returncode == 1
    report = json.loads((tmp_path / "report.json").read_text())
    assert report == {"passed": False, "checks": [{"name": "lock", "passed": False, "seconds": 0.0, "output": refused.stderr.strip()}]}
    assert refused.stderr.startswith("requirements.txt")


def test_a_service_without_a_lock_is_refused(tmp_path: Path) -> None:
    assert "The service has no requirements.txt." in check(tmp_path / "requirements.txt").stderr
