"""`python -m cli.reference` prints docs/cli.md, out of the commands themselves; a test compares the two."""

import typer
from typer.cli import get_docs_for_click

from cli.app import application

HEAD = """<!-- Written by `.venv/bin/python -m cli.reference > docs/cli.md`; change the docstrings in cli/app.py instead. -->

"""


def reference() -> str:
    command = typer.main.get_command(application)
    return HEAD + get_docs_for_click(obj=command, ctx=typer.Context(command), name="slipway").rstrip() + "\n"


if __name__ == "__main__":
    print(reference(), end="")
