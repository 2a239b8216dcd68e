"""Helm's complaints about a chart, fit to be shown: values of Secrets may be quoted in what Helm prints."""

import re
from pathlib import Path

_PLACE = re.compile(r"[\w.-]+/(?:[\w.-]+/)*?templates/([\w./-]+)(?::\d+)*")
"""`sample-app/templates/secret.yaml:4:33`, as Go's text/template and Helm name it."""
_QUOTED = re.compile(r"\bat '(?:/[^']*)?'|(?<!\w)(['\"`])(?:\\.|.)*?\1(?!\w)", re.DOTALL)
"""What is between quotation marks. The first branch is where in the values a schema was violated: a path, no value."""


def without_secrets(message: str, chart: Path) -> str:
    """Quoted values become (hidden); of a template that makes a Secret only the place of the fault is told.

    What a chart's own `fail` says in another template stays: its author means it to be read.
    """
    for place in _PLACE.finditer(message):
        if _makes_secret(chart / "templates", place[1]):
            return f"Error: {place[0]}: a template that makes a Secret can't be rendered; what Helm prints of it isn't shown"
    return _QUOTED.sub(lambda quoted: "(hidden)" if quoted[1] else quoted[0], message)


def _makes_secret(templates: Path, name: str) -> bool:
    """By its text; by its name for a template that isn't a file here, as those of a packed dependency."""
    path = (templates / name).resolve()
    if not path.is_relative_to(templates.resolve()) or not path.is_file():
        return "secret" in name.casefold()
    return "secret" in path.read_text(errors="replace").casefold()
