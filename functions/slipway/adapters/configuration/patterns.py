"""Paths and patterns of them, checked as they are written."""

import re

_STEPS = {".", ".."}


def smoke_path(text: str) -> str:
    """What is asked of a pod. It goes through the API server, whose other objects `..` would reach."""
    path, _, _ = text.partition("?")
    if not re.fullmatch(r"/[!-~]*", text) or "#" in text or _STEPS & set(path.lower().replace("%2e", ".").split("/")):
        raise ValueError("a path from the service's root, such as /items?limit=1; printable ASCII, no # and no . or .. between slashes")
    return text


def path_pattern(text: str) -> str:
    """Of `paths`: what `domain.paths` understands, and nothing that looks like more."""
    if not text or text.startswith(("/", "./", "!")) or "\\" in text or "[" in text or "{" in text:
        raise ValueError("a path from the top of the repository, such as service/** or Makefile; * is a part of a name, ** any folders; no !, [ ], { } or \\")
    if text.endswith("/"):
        raise ValueError(f"a folder matches nothing; its files are {text}**")
    return text
