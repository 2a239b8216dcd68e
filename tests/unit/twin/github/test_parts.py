"""What needs no server: the command line, the seeds, the signature."""

from pathlib import Path

import pytest

from twin.github.arguments import parse
from twin.github.deliveries import sign
from twin.github.seeds import Seed, files_of

REQUIRED = ["--port", "1", "--state", "/state", "--webhook-url", "http://127.0.0.1/"]


def test_the_signature_is_githubs() -> None:
    assert sign("It's a Secret to Everybody", b"Hello, World!") == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_seeds_belong_to_the_repository_before_them() -> None:
    given = parse([*REQUIRED, "--repository", "acme/a", "--seed", "x=/x", "--seed", "y/z=/y", "--repository", "acme/b", "--seed", ".=/b"])
    assert given.repositories == {"acme/a": [Seed("x", Path("/x")), Seed("y/z", Path("/y"))], "acme/b": [Seed(".", Path("/b"))]}


@pytest.mark.parametrize("wrong", [["--repository", "name"], ["--repository", "a/b/c"], ["--seed", "x=/x"], ["--repository", "a/b", "--seed", "x"], []])
def test_a_command_line_that_makes_no_sense_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse([*REQUIRED, *wrong])


def test_what_tools_leave_behind_is_no_seed(tmp_path: Path) -> None:
    for path in (
        "main.py", ".dockerignore", ".github/workflows/ci.yml", "sub/data.txt", "sub/__pycache__/main.pyc", "old.pyc", ".venv/bin/python", ".ruff_cache/x",
        ".pytest_cache/x", ".mypy_cache/x", ".hypothesis/x", ".idea/x", "app.egg-info/PKG-INFO", ".coverage", ".git/HEAD",
    ):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("main.py")
    found = files_of([Seed("app", tmp_path)])
    assert [(file.path, file.mode) for file in found] == [
        ("app/.dockerignore", "100644"),
        ("app/.github/workflows/ci.yml", "100644"),
        ("app/link", "120000"),
        ("app/main.py", "100644"),
        ("app/run", "100755"),
        ("app/sub/data.txt", "100644"),
    ]
    assert [file.path for file in files_of([Seed(".", tmp_path)])][-1] == "sub/data.txt"


def test_a_seed_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no folder to seed from"):
        files_of([Seed("app", tmp_path / "nothing")])
