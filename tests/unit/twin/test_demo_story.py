"""The demo's story fits the service and the chart as they are: every edit applies, and what was bad is taken back by the next push."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from twin.demo.facts import Ending
from twin.demo.repository import Clone
from twin.demo.story import story

ROOT = Path(__file__).resolve().parents[3]
IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")


def git(folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    seed = tmp_path / "seed"
    for folder in ("service", "helm/sample-app"):
        shutil.copytree(ROOT / folder, seed / folder, ignore=shutil.ignore_patterns(".*_cache", "__pycache__"))
    git(seed, "init", "--quiet", "--initial-branch", "main")
    git(seed, "add", "--all")
    git(seed, "commit", "--quiet", "--message", "seed")
    git(tmp_path, "clone", "--quiet", "--bare", str(seed), str(tmp_path / "origin.git"))
    return Clone(str(tmp_path / "origin.git"), tmp_path / "clone")


def test_every_step_is_a_commit_of_its_own_that_can_be_pushed(clone: Clone) -> None:
    commits = []
    for step in story():
        step.change(clone)
        commits.append(clone.commit(step.message))
        clone.push()
        assert git(clone.folder, "rev-parse", "origin/main").strip() == commits[-1]
    assert len(set(commits)) == len(story())


def test_after_each_bad_step_the_next_one_starts_from_what_was_good(clone: Clone) -> None:
    good = ""
    for step in story():
        step.change(clone)
        commit = clone.commit(step.message)
        if good:
            changed = git(clone.folder, "diff", "--name-only", good, commit).split()
            assert 1 <= len(changed) <= 2, changed
        if step.expected.ending is Ending.LIVE:
            good = commit


def test_the_steps_are_numbered_as_in_the_demos_description() -> None:
    assert [step.number for step in story()] == [2, 3, 4, 5, 6]


def test_an_edit_that_no_longer_fits_says_so(clone: Clone) -> None:
    with pytest.raises(ValueError, match="0 times"):
        clone.replace("service/sample_app/identity.py", "what nobody wrote", "")
