"""An older Python gets one clear line, not a traceback."""

import ast
import subprocess
import sys
from pathlib import Path

PRETENDED = """
import platform, runpy, sys
sys.version_info = (3, 9, 18, "final", 0)
platform.python_version = lambda: "3.9.18"
sys.argv = ["scripts/setup.py"]
runpy.run_path("scripts/setup.py", run_name="__main__")
"""


def test_setup_under_an_older_python_says_what_it_needs_and_ends() -> None:
    done = subprocess.run([sys.executable, "-c", PRETENDED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Slipway needs Python 3.11 or newer; this is 3.9.18 ({sys.executable}).\n"


def test_setup_is_written_so_that_an_older_python_gets_as_far_as_that_line() -> None:
    tree = ast.parse(Path("scripts/setup.py").read_text(), feature_version=(3, 8))
    future = [name.name for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__" for name in node.names]
    assert future == ["annotations"]
