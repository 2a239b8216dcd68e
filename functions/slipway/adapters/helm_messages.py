"""What Helm prints, fit to be shown: it may quote values of Secrets, and a chart may print what it has looked up.

A message goes to timelines, commit statuses, chat and mail. Its first line says what is wrong; values are taken out of it, and where that can't be told from
the rest, the line is left out and its place told instead.
"""

import re
from collections.abc import Iterable
from pathlib import Path

HIDDEN = "(hidden)"
NOT_SHOWN = "Error: Helm refused it. What it prints isn't shown, because the Secrets that it may quote couldn't be read just now."
_LOOKED_UP = "what Helm prints of it isn't shown, since the chart may look things up in the cluster (lookup, tpl)"
_LONGEST_LINE = 1000
_SHORTEST_VALUE = 4
"""Characters. Shorter values are parts of ordinary words."""
_PLACE = re.compile(r"[\w.-]+/(?:[\w.-]+/)*?templates/([\w./-]+)(?::\d+)*")
"""`sample-app/templates/secret.yaml:4:33`, as Go's text/template and Helm name it."""
_QUOTED = re.compile(r"\bat '(?:/[^']*)?'|(?<!\w)(['\"`])(?:\\.|.)*?\1(?!\w)", re.DOTALL)
"""What is between quotation marks. The first branch is where in the values a schema was violated: a path, no value."""
_VIOLATION = re.compile(r"^- at '", re.MULTILINE)
"""A fault of the values, by their schema; each has a line of its own."""
_SCALAR = r"\"(?:\\.|[^\"\\])*\"|-?[\d.]+|null|true|false|\(hidden\)"
_GIVEN = re.compile(rf"&?value\.\w+\{{.*|(?<=\bInvalid value: )(?:(?:{_SCALAR})(?=: )|.*(?=: field is immutable)|.*)", re.DOTALL)
"""What the API server was given, as it quotes it: in the words of server-side apply's typed objects (structured-merge-diff, value/), where nobody can tell
where it ends, and in those of validation (apimachinery, pkg/util/validation/field/errors.go).
"""
_OF_A_SECRET = re.compile(r"\bSecret\b")
_BACKQUOTED = re.compile(r"`[^`]*`")
"""A value that YAML couldn't read (go-yaml, "cannot unmarshal !!str `...` into ...")."""
_LOOKS_UP = re.compile(r"\b(?:lookup|tpl)\b")
"""`lookup`, or what can make one of a text. https://helm.sh/docs/chart_template_guide/functions_and_pipelines/#using-the-lookup-function"""
_MAY_NOT = re.compile(
    r'error calling lookup: ([\w.-]+(?: "[\w.:-]*")? is forbidden: User "[\w.:/@+=,-]+" cannot \w+ resource "[\w./-]+" in API group "[\w.-]*" '
    r'(?:in the namespace "[\w-]+"|at the cluster scope))'
)
"""The API server's refusal of a lookup."""


def without_secrets(message: str, chart: Path, values: Iterable[str] = ()) -> str:
    """Of a fault of the chart or its values, its place and, where that can hold no value of a Secret, what is wrong, with quoted values hidden.

    What a chart's own `fail` says stays only if nothing in the chart makes a Secret there or looks anything up: its author means it to be read.
    """
    message = _without_warnings(message)
    if refused := _lookup_refused(message):
        return _known_hidden(refused, values)
    if place := next((place for place in _PLACE.finditer(message) if _makes_secret(chart / "templates", place[1])), None):
        return f"Error: {place[0]}: a template that makes a Secret can't be rendered; what Helm prints of it isn't shown"
    if _of_a_template(message) and looks_up(chart):
        place = _PLACE.search(message)
        return f"Error: {place[0] if place else 'a template'}: {_LOOKED_UP}"
    return _short(_without_quotes(_GIVEN.sub(HIDDEN, _known_hidden(message, values))))


def of_the_chart(message: str) -> bool:
    """Whether it is a fault of a template or of the values, as opposed to a refusal by the API server."""
    return _of_a_template(message) or bool(_VIOLATION.search(message))


def without_values(message: str, values: Iterable[str] = ()) -> str:
    """The line that says what is wrong, without these values and without what the API server quotes of what it was given."""
    shown = _BACKQUOTED.sub(HIDDEN, _GIVEN.sub(HIDDEN, _known_hidden(_without_warnings(message), values)))
    return _short(_without_quotes(shown) if _OF_A_SECRET.search(shown) else shown)


def looks_up(chart: Path) -> bool:
    """Whether it may read the cluster while it is rendered. Packed dependencies aren't opened: they may."""
    if any(chart.rglob("*.tgz")):
        return True
    return any(_LOOKS_UP.search(file.read_text(errors="replace")) for file in chart.rglob("*") if file.is_file() and "templates" in file.parts)


def _of_a_template(message: str) -> bool:
    """Looser than a place, since a file may be called anything."""
    return "/templates/" in message or "execution error at (" in message


def _lookup_refused(message: str) -> str:
    """The API server's words about a lookup that it refuses, with the place; empty when it is about something else. A chart's own aren't taken for them."""
    plain = _BACKQUOTED.sub(HIDDEN, message)
    place, refusal = _PLACE.search(plain), _MAY_NOT.search(plain)
    return f"Error: {place[0]}: {refusal[1]}" if place and refusal and "execution error at (" not in plain else ""


def _without_quotes(message: str) -> str:
    return _QUOTED.sub(lambda quoted: HIDDEN if quoted[1] else quoted[0], message)


def _known_hidden(message: str, values: Iterable[str]) -> str:
    """The longest first, since one may be a part of another; of several lines each by itself, and as Go quotes them, too."""
    lines = {line.strip() for value in values for line in (value, *value.splitlines())}
    forms = {form for line in lines for form in (line, line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))}
    for form in sorted((form for form in forms if len(form) >= _SHORTEST_VALUE), key=len, reverse=True):
        message = message.replace(form, HIDDEN)
    return message


def _without_warnings(message: str) -> str:
    """From the first line that is an error on: before it Helm logs what it is about to say, and warns."""
    lines = message.strip().splitlines()
    return "\n".join(lines[next((number for number, line in enumerate(lines) if line.startswith("Error:")), 0) :])


def _short(message: str) -> str:
    """The first line, and faults of the values, which come below it."""
    first, *others = [line for line in message.strip().splitlines() if line.strip()] or [""]
    kept = [first, *([line for line in others if line.startswith("- ")] if _VIOLATION.search(message) else [])]
    return "\n".join(line[:_LONGEST_LINE] for line in kept)


def _makes_secret(templates: Path, name: str) -> bool:
    """By its text; by its name for a template that isn't a file here, as those of a packed dependency."""
    path = (templates / name).resolve()
    if not path.is_relative_to(templates.resolve()) or not path.is_file():
        return "secret" in name.casefold()
    return "secret" in path.read_text(errors="replace").casefold()
