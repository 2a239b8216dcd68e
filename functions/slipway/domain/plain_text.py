"""Text of others, fit for people's eyes: nothing invisible, nothing that moves a cursor, turns the reading order or begins a line of its own."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    """Line breaks, tabs and spaces stay; every other character that isn't printed becomes a replacement character."""
    return "".join(character if character.isprintable() or character in "\n\t" else REPLACEMENT for character in text)


def one_line(text: str) -> str:
    """The same on a single line: white space of every kind, line breaks included, becomes one space."""
    return visible(" ".join(text.split()))


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, the last one an ellipsis when something is left out."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
