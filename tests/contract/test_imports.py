"""What the start of the twin's AWS doesn't pay for."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["twin.aws.__main__", "twin.aws.interpreter"])
def test_ec2_is_not_loaded_for_tasks_that_nobody_has(module: str) -> None:
    told = subprocess.run([sys.executable, "-c", f"import sys, {module}; print('moto.ec2' in sys.modules)"], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
