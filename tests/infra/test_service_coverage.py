"""The service's own tests reach its code: what teams copy from is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

SERVICE = Path(__file__).parents[2] / "service"
LEAST_PERCENT = 95
SETTINGS = """
[run]
branch = True
source = sample_app
data_file = {folder}/data
parallel = True
patch = subprocess
"""


def test_the_services_tests_reach_nearly_all_of_its_lines_and_branches(tmp_path: Path) -> None:
    settings, report = tmp_path / "coverage.ini", tmp_path / "report.json"
    settings.write_text(SETTINGS.format(folder=tmp_path))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for command in (["run", "-m", "pytest", "-q", "-p", "no:cacheprovider"], ["combine", "--quiet"], ["json", "--quiet", "-o", report]):
        arguments = [sys.executable, "-m", "coverage", command[0], f"--rcfile={settings}", *command[1:]]
        done = subprocess.run(arguments, cwd=SERVICE, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert {Path(name).name for name in found["files"]} == {path.name for path in SERVICE.glob("sample_app/*.py")}
    missing = {name: [*file["missing_lines"], *file["missing_branches"]] for name, file in found["files"].items()}
    totals = found["totals"]
    assert 100 * totals["covered_branches"] / totals["num_branches"] >= LEAST_PERCENT, missing
    assert totals["percent_covered"] >= LEAST_PERCENT, missing
