"""Tracing is on where X-Ray's daemon is, as on Lambda, and costs nothing elsewhere."""

import subprocess
import sys

SHOW = "import sys; import slipway.handlers.state; print('aws_xray_sdk.core' in sys.modules)"
TRACED = "from slipway.telemetry import traced; print(traced(lambda event, context: 0).__name__, 'aws_xray_sdk.core' in __import__('sys').modules)"


def python(program: str, **environment: str) -> str:
    variables = {"PYTHONPATH": "functions", "POWERTOOLS_TRACE_DISABLED": "true", **environment}
    return subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True).stdout.strip()


def test_without_a_daemon_the_sdk_is_not_imported() -> None:
    assert python(SHOW) == "False"


def test_with_a_daemon_handlers_are_traced() -> None:
    assert python(TRACED, AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:2000") == "<lambda> True"
