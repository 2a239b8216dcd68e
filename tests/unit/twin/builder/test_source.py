"""The pushed commit is checked out exactly, and nothing in it or in this machine's git runs or leads elsewhere."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from twin.builder import BuildBroken
from twin.builder.source import checkout

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """The real git in a repository at `tmp_path/pushed`, as a person uses it."""
    folder = tmp_path / "pushed"
    folder.mkdir()
    person = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))}
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **person}

    def run(*arguments: str) -> str:
        return subprocess.run(["git", "-C", folder, *arguments], env=environment, capture_output=True, text=True, check=True).stdout.strip()

    run("init", "--quiet")
    run("config", "uploadpack.allowAnySHA1InWant", "true")
    return run


def commit(git: Git) -> str:
    git("add", "--all")
    git("commit", "--quiet", "--message", "a commit")
    return git("rev-parse", "HEAD")


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def test_exactly_the_commit_is_checked_out_not_the_newest(git: Git, tmp_path: Path) -> None:
    (tmp_path / "pushed/ledger.txt").write_text("first\n")
    first = commit(git)
    (tmp_path / "pushed/ledger.txt").write_text("second\n")
    (tmp_path / "pushed/new.txt").write_text("new\n")
    commit(git)
    source = checkout(f"file://{tmp_path}/pushed", first, tmp_path / "source")
    assert files(source) == {"ledger.txt": "first\n"}
    assert subprocess.check_output(["git", "-C", source, "rev-parse", "HEAD"], text=True).strip() == first


def test_nothing_of_the_commit_runs_or_leads_out_of_the_checkout(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even on a machine whose git is set up to run hooks and filters and to follow submodules."""
    pushed, ran, home = tmp_path / "pushed", tmp_path / "ran", tmp_path / "home"
    (pushed / ".gitattributes").write_text("* filter=evil\n")
    (pushed / "ledger.txt").write_text("balance\n")
    (pushed / "service").symlink_to("/etc")
    (pushed / "passwords").symlink_to("/etc/passwd")
    (pushed / ".gitmodules").write_text(f'[submodule "lib"]\n\tpath = lib\n\turl = file://{pushed}\n')
    git("add", "--all")
    git("commit", "--quiet", "--message", "base")
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', 'HEAD')},lib")
    git("commit", "--quiet", "--message", "a submodule")
    hook = f"#!/bin/sh\ntouch {ran}\n"
    for folder in (home / "hooks", home / "template/hooks"):
        folder.mkdir(parents=True)
        (folder / "post-checkout").write_text(hook)
        (folder / "post-checkout").chmod(0o755)
    (home / ".gitconfig").write_text(f"""
[filter "evil"]
  smudge = "touch {ran}; cat"
  required = true
[core]
  hooksPath = {home}/hooks
[init]
  templateDir = {home}/template
[submodule]
  recurse = true
[protocol "file"]
  allow = always
""")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    source = checkout(f"file://{pushed}", git("rev-parse", "HEAD"), tmp_path / "source")
    assert not ran.exists()
    assert not [path for path in source.rglob("*") if path.is_symlink()]
    assert (source / "service").read_text() == "/etc" and (source / "passwords").read_text() == "/etc/passwd"
    assert (source / "ledger.txt").read_text() == "balance\n"
    assert list((source / "lib").iterdir()) == []


@pytest.mark.parametrize("name", ["main", "--upload-pack=touch ran", "a" * 39, "A" * 40, "a" * 40 + "\n"])
def test_what_is_no_commit_is_not_given_to_git(tmp_path: Path, name: str) -> None:
    with pytest.raises(BuildBroken, match="is no commit"):
        checkout(f"file://{tmp_path}", name, tmp_path / "source")


def test_a_commit_that_is_not_there_and_a_helper_as_address_break_the_build(git: Git, tmp_path: Path) -> None:
    (tmp_path / "pushed/ledger.txt").touch()
    commit(git)
    with pytest.raises(BuildBroken) as missing:
        checkout(f"file://{tmp_path}/pushed", "a" * 40, tmp_path / "one")
    assert missing.value.phase == "source" and "a" * 40 in missing.value.message
    with pytest.raises(BuildBroken, match="'ext' not allowed"):
        checkout(f"ext::sh -c touch% {tmp_path}/ran", "a" * 40, tmp_path / "two")
    assert not (tmp_path / "ran").exists()
