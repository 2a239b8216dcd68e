"""Text of others, fit for people's eyes: nothing invisible, nothing that moves a cursor, turns the reading order or begins a line of its own."""

import re

_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
"""Where to break what chat and mail programs take for the address of a page."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    """Line breaks, tabs and spaces stay; every other character that isn't printed becomes a replacement character."""
    return "".join(character if character.isprintable() or character in "\n\t" else REPLACEMENT for character in text)


def one_line(text: str) -> str:
    """The same on a single line: white space of every kind, line breaks included, becomes one space."""
    return visible(" ".join(text.split()))


def unlinked(text: str) -> str:
    """Without addresses that chat and mail programs make links of themselves: `https: //example.com` and `www .example.com` stay readable and are no link."""
    return _ADDRESS.sub(" ", text)


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, the last one an ellipsis when something is left out."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
