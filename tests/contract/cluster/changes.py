"""What commits do to the service's chart, in the tests of this folder."""

from collections.abc import Callable
from pathlib import Path

DEPLOYMENT = "templates/deployment.yaml"
Change = Callable[[Path], None]
"""Gets the chart's folder."""


def added(name: str, text: str) -> Change:
    """One more template, or another one in the place of one."""

    def change(chart: Path) -> None:
        (chart / "templates" / f"{name}.yaml").write_text(text)

    return change


def removed(name: str) -> Change:
    def change(chart: Path) -> None:
        (chart / "templates" / f"{name}.yaml").unlink()

    return change


def replaced(path: str, old: str, new: str) -> Change:
    """In a file of the chart that has `old` once."""

    def change(chart: Path) -> None:
        text = (chart / path).read_text()
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        (chart / path).write_text(text.replace(old, new))

    return change


def config_map(name: str, more: str = "", about: str = "") -> str:
    """A template. `about` is added to its metadata."""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{about and ', ' + about}}}\n{more}\n"


def colour(name: str) -> Change:
    """In the service's ConfigMap; new pods come with it."""
    return replaced("templates/configmap.yaml", "  LOG_LEVEL:", f"  COLOUR: {name}\n  LOG_LEVEL:")


def relabelled() -> Change:
    """Another selector of the Deployment, which can't be changed."""
    instance = "app.kubernetes.io/name: {{ .Chart.Name }}\napp.kubernetes.io/instance: {{ .Release.Name }}"
    return replaced("templates/_naming.tpl", instance, f"{instance}-2")


CRASHES = replaced(DEPLOYMENT, "          envFrom:\n", "          command: [python, -c, raise SystemExit(7)]\n          envFrom:\n")
