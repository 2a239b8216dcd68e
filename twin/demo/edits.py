"""The developer's changes, good and bad. They fit the service and chart of this checkout. A bad commit is taken back by the next one, as a developer would."""

from collections.abc import Callable

from twin.demo.repository import Clone

Edit = Callable[[Clone], None]

EXIT_CODE = 3
LAST_WORDS = "no ledger at /var/ledger, giving up"
FAILING_TEST = "test_the_ledger_balances"

_APPLICATION = "service/sample_app/application.py"
_FRONT_PAGE, _FRONT_PAGE_TEST = "service/sample_app/identity.py", "service/tests/test_identity.py"
_DEPLOYMENT = "helm/sample-app/templates/deployment.yaml"


def describe_the_interface(clone: Clone) -> None:
    clone.replace(_APPLICATION, 'title="sample-app",', 'title="sample-app", description="Says which release runs where.",')


def greet(clone: Clone) -> None:
    clone.replace(_FRONT_PAGE, "    environment: str\n", '    environment: str\n    greeting: str = "hello"\n')
    clone.replace(_FRONT_PAGE_TEST, '        "environment": "dev",\n', '        "environment": "dev",\n        "greeting": "hello",\n')


def exit_at_start(clone: Clone) -> None:
    """In the chart, which the gate doesn't run: the container's command prints a line and exits."""
    command = f"command: [python, -c, \"print('{LAST_WORDS}'); raise SystemExit({EXIT_CODE})\"]"
    clone.replace(_DEPLOYMENT, "          envFrom:\n", f"          {command}\n          envFrom:\n")


def answer_500(clone: Clone) -> None:
    """Right for the version that the service's tests use and wrong for those that releases have, which are no numbers with dots."""
    clone.take_back()
    clone.replace(_FRONT_PAGE, "    environment: str\n", "    environment: str\n    major: str\n")
    clone.replace(
        _FRONT_PAGE,
        "        return Identity(\n",
        '        major, _minor, _patch = settings.version.split(".")\n        return Identity(\n            major=major,\n',
    )
    clone.replace(_FRONT_PAGE_TEST, '        "environment": "dev",\n', '        "environment": "dev",\n        "major": "1",\n')


def fail_the_gate(clone: Clone) -> None:
    clone.take_back()
    clone.add("service/tests/test_ledger.py", f"def {FAILING_TEST}() -> None:\n    assert sum([10, -3]) == 0\n")


def greet_warmly(clone: Clone) -> None:
    clone.take_back()
    clone.replace(_FRONT_PAGE, 'greeting: str = "hello"', 'greeting: str = "good day"')
    clone.replace(_FRONT_PAGE_TEST, '"greeting": "hello"', '"greeting": "good day"')


def greet_loudly(clone: Clone) -> None:
    clone.replace(_FRONT_PAGE, 'greeting: str = "good day"', 'greeting: str = "GOOD DAY"')
    clone.replace(_FRONT_PAGE_TEST, '"greeting": "good day"', '"greeting": "GOOD DAY"')
