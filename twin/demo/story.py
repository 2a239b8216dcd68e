"""What the demo pushes, in order, and how each push should end. The edits fit the service and chart of this checkout.

A bad commit is taken back by the next one, as a developer would.
"""

from collections.abc import Callable
from dataclasses import dataclass

from twin.demo.facts import Ending, Expectation
from twin.demo.repository import Clone

SERVICE, ENVIRONMENT = "sample-app", "dev"
"""What the story is about: pushes of main go to dev."""

_APPLICATION = "service/sample_app/application.py"
_FRONT_PAGE, _FRONT_PAGE_TEST = "service/sample_app/identity.py", "service/tests/test_identity.py"
_DEPLOYMENT = "helm/sample-app/templates/deployment.yaml"
_EXIT_CODE = 3
_LAST_WORDS = "no ledger at /var/ledger, giving up"
_FAILING_TEST = "test_the_ledger_balances"


@dataclass(frozen=True)
class Step:
    """One push. `change` edits the clone; the number is that of the demo's description, where starting the stack is step 1."""

    number: int
    title: str
    message: str
    change: Callable[[Clone], None]
    expected: Expectation


def story() -> tuple[Step, ...]:
    crash_seen = {"pod": f"{SERVICE}-", "reason": "", "exit_code": str(_EXIT_CODE), "log": _LAST_WORDS}
    return (
        Step(2, "first release", "Describe the interface", _describe_the_interface, Expectation(Ending.LIVE)),
        Step(3, "second release", "Greet on the front page", _greet, Expectation(Ending.LIVE)),
        Step(4, "exits at start", "Open the ledger at start", _exit_at_start, Expectation(Ending.ROLLED_BACK, crash_seen)),
        Step(5, "answers 500", "Show the major version", _answer_500, Expectation(Ending.ROLLED_BACK, {"fault": "500", "path": "/"}, fails_requests=True)),
        Step(6, "fails the gate", "Balance the ledger", _fail_the_gate, Expectation(Ending.REFUSED, words=_FAILING_TEST)),
    )


def _describe_the_interface(clone: Clone) -> None:
    clone.replace(_APPLICATION, 'title="sample-app",', 'title="sample-app", description="Says which release runs where.",')


def _greet(clone: Clone) -> None:
    clone.replace(_FRONT_PAGE, "    environment: str\n", '    environment: str\n    greeting: str = "hello"\n')
    clone.replace(_FRONT_PAGE_TEST, '        "environment": "dev",\n', '        "environment": "dev",\n        "greeting": "hello",\n')


def _exit_at_start(clone: Clone) -> None:
    """In the chart, which the gate doesn't run: the container's command prints a line and exits."""
    command = f"command: [python, -c, \"print('{_LAST_WORDS}'); raise SystemExit({_EXIT_CODE})\"]"
    clone.replace(_DEPLOYMENT, "          envFrom:\n", f"          {command}\n          envFrom:\n")


def _answer_500(clone: Clone) -> None:
    """Right for the version that the service's tests use and wrong for those that releases have, which are no numbers with dots."""
    clone.take_back()
    clone.replace(_FRONT_PAGE, "    environment: str\n", "    environment: str\n    major: str\n")
    clone.replace(
        _FRONT_PAGE,
        "        return Identity(\n",
        '        major, _minor, _patch = settings.version.split(".")\n        return Identity(\n            major=major,\n',
    )
    clone.replace(_FRONT_PAGE_TEST, '        "environment": "dev",\n', '        "environment": "dev",\n        "major": "1",\n')


def _fail_the_gate(clone: Clone) -> None:
    clone.take_back()
    clone.add("service/tests/test_ledger.py", f"def {_FAILING_TEST}() -> None:\n    assert sum([10, -3]) == 0\n")
