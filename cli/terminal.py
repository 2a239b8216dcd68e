"""What reaches the screen. Commit messages, log lines and reasons are other people's text: nothing of it may steer the terminal or look like markup."""

import json
import re
import sys

import typer
from rich.console import Console
from rich.text import Text

from cli.failures import Failure, No, WrongUsage

_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)")
"""ECMA-48 control sequences, and operating system commands such as a new window title."""
_LABEL_WIDTH = 17


def plain(text: str) -> str:
    """Without escape sequences and without characters that a terminal obeys or that turn the reading direction; lines stay lines."""
    without_sequences = _SEQUENCES.sub("", text.replace("\r\n", "\n"))
    return "".join(character if character == "\n" or character.isprintable() else " " if character.isspace() else "" for character in without_sequences)


def one_line(text: str) -> str:
    """`plain`, on one line: a text with line breaks can't pretend to be the next row."""
    return " ".join(plain(text).split())


class Terminal:
    """Prints results to stdout, failures and notes to stderr. Lines aren't broken: a terminal wraps them as it likes, and names can be copied whole."""

    def __init__(self, *, interactive: bool | None = None) -> None:
        self._interactive = sys.stdin.isatty() if interactive is None else interactive
        self._output = Console(highlight=False, soft_wrap=True)
        self._errors = Console(highlight=False, soft_wrap=True, stderr=True)

    def say(self, *parts: str | tuple[str, str]) -> None:
        """One line, or several; a part may be a pair of text and rich's style."""
        self._output.print(_assembled(parts))

    def row(self, label: str, *parts: str | tuple[str, str], style: str = "dim") -> None:
        self.say("  ", (f"{label:<{_LABEL_WIDTH}} ", style), *parts)

    def note(self, *parts: str | tuple[str, str]) -> None:
        """About the command itself, not part of its result."""
        self._errors.print(_assembled(parts))

    def fail(self, failure: Failure) -> None:
        self.note((str(failure), "red"))

    def json(self, value: object) -> None:
        """For programs; everything that isn't ASCII is escaped."""
        print(json.dumps(value, indent=2))

    def log(self, text: str) -> None:
        """A piece of a log as it comes, with its own line breaks."""
        sys.stdout.write(plain(text))
        sys.stdout.flush()

    def confirm(self, question: str, *, yes: bool) -> None:
        """No when the person says so; WrongUsage when nobody can be asked."""
        if yes:
            return
        if not self._interactive:
            raise WrongUsage("Nobody can be asked here, since the input isn't a terminal. Add --yes when it is to be done anyway.")
        if not typer.confirm(plain(question)):
            raise No("Nothing was changed.")


def _assembled(parts: tuple[str | tuple[str, str], ...]) -> Text:
    return Text.assemble(*(plain(part) if isinstance(part, str) else (plain(part[0]), part[1]) for part in parts))
