"""The patterns of `paths`, checked as they are written: what `domain.paths` understands, and nothing that looks like more."""


def path_pattern(text: str) -> str:
    if not text or text.startswith(("/", "./", "!")) or "\\" in text or "[" in text or "{" in text:
        raise ValueError("a path from the top of the repository, such as service/** or Makefile; * is a part of a name, ** any folders; no !, [ ], { } or \\")
    if text.endswith("/"):
        raise ValueError(f"a folder matches nothing; its files are {text}**")
    return text
