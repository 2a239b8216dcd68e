"""Runs the pushed tests with the gate's own pytest. Started by gate.py in the service's folder, by an isolated interpreter.

The settings are the gate's. The pushed folder and its dependencies (`PYTHONPATH`) are found only after pytest has been
imported, so nothing pushed can take its place.
"""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PASSED = 86
"""The gate expects it (TESTS_PASSED). Not 0, which `os._exit(0)` in a pushed test would give as well."""


class PassedTests:
    """Counts the tests that passed: when all were skipped, nothing has been shown."""

    def __init__(self) -> None:
        self.count = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.count += report.when == "call" and report.passed


def main() -> int:
    """PASSED, or pytest's own exit code: https://docs.pytest.org/en/stable/reference/exit-codes.html"""
    sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
    folder, passed = Path.cwd(), PassedTests()
    settings = ["-c", str(HERE / "pytest.ini"), "--rootdir", str(folder), "--confcutdir", str(folder / "tests")]
    code = pytest.main(["-q", "-p", "no:cacheprovider", *settings, "tests"], plugins=[passed])
    if code == pytest.ExitCode.OK and not passed.count:
        print("No test passed.")
        return int(pytest.ExitCode.NO_TESTS_COLLECTED)
    return PASSED if code == pytest.ExitCode.OK else int(code)


if __name__ == "__main__":
    sys.exit(main())
