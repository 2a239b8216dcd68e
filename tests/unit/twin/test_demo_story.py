"""The demo's story fits the service and the chart as they are: every edit applies, and what was bad is taken back by the next push."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from twin.demo.acts import New, Push
from twin.demo.facts import Ending
from twin.demo.repository import Clone
from twin.demo.story import MAIN, PROD, SERVICE, Step, shortened, story

ROOT = Path(__file__).resolve().parents[3]
IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
PUSHER = "ada@example.com"


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


def changes(story: tuple[Step, ...]) -> list[tuple[Step, Push, New]]:
    """The steps that make a new commit."""
    return [(step, step.act, step.act.source) for step in story if isinstance(step.act, Push) and isinstance(step.act.source, New)]


@pytest.mark.parametrize("told", [story, shortened])
def test_every_change_is_a_commit_of_its_own_that_can_be_pushed(told: Callable[[], tuple[Step, ...]], clone: Clone) -> None:
    commits = []
    for _step, act, source in changes(told()):
        source.edit(clone)
        commits.append(clone.commit(source.message))
        if act.ref == MAIN:
            clone.push()
            assert git(clone.folder, "rev-parse", "origin/main").strip() == commits[-1]
    assert len(set(commits)) == len(changes(told())) > 0


def test_after_each_bad_step_the_next_one_starts_from_what_was_good(clone: Clone) -> None:
    good = ""
    for step, _act, source in changes(story()):
        source.edit(clone)
        commit = clone.commit(source.message)
        if good:
            changed = git(clone.folder, "diff", "--name-only", good, commit).split()
            assert 1 <= len(changed) <= 2, changed
        if step.expected.ending is Ending.LIVE:
            good = commit


def test_the_steps_are_numbered_as_in_the_demos_description() -> None:
    assert [step.number for step in story()] == [2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 10, 11, 12, 13]
    assert [step.number for step in shortened()] == [2, 3, 4]


def test_only_pushes_of_main_are_built() -> None:
    for step in (*story(), *shortened()):
        assert step.expected.builds == (1 if isinstance(step.act, Push) and step.act.ref == MAIN else 0), step.title


def test_the_first_version_is_an_annotated_tag_and_the_second_a_lightweight_one(clone: Clone) -> None:
    tags = {step.act.ref.removeprefix("refs/tags/"): step.act for step in story() if isinstance(step.act, Push) and step.act.ref.startswith("refs/tags/")}
    assert list(tags) == ["v1.0.0", "v1.1.0", "v2.0.0", "v1.1.1"]
    for name in ("v1.0.0", "v1.1.0"):
        clone.tag(name, "HEAD", tags[name].message)
        clone.push(tags[name].ref)
    kinds = git(clone.folder, "for-each-ref", "--format=%(refname:short) %(objecttype)", "refs/tags").splitlines()
    assert kinds == ["v1.0.0 tag", "v1.1.0 commit"]
    assert git(clone.folder, "ls-remote", "--tags", "origin").count("^{}") == 1


def test_a_commit_that_is_only_tagged_is_on_no_branch(clone: Clone) -> None:
    head = git(clone.folder, "rev-parse", "HEAD").strip()
    clone.add("service/note.txt", "aside")
    commit = clone.commit("Aside")
    clone.tag("v2.0.0", commit)
    clone.forget()
    clone.push("refs/tags/v2.0.0", commit)
    assert git(clone.folder, "rev-parse", "HEAD", "origin/main").split() == [head, head]
    assert git(clone.folder, "ls-remote", "--tags", "origin").split() == [commit, "refs/tags/v2.0.0"]


def test_a_branch_can_be_pushed_at_an_older_commit(clone: Clone) -> None:
    older = git(clone.folder, "rev-parse", "HEAD").strip()
    clone.add("service/note.txt", "newer")
    clone.commit("Newer")
    clone.push("refs/heads/stage", older)
    assert git(clone.folder, "ls-remote", "origin", "refs/heads/stage").split() == [older, "refs/heads/stage"]


def test_who_is_asked_is_an_approver_who_didnt_push() -> None:
    """slipway.yaml and the clone's identity say so."""
    platform = yaml.safe_load((ROOT / "slipway.yaml").read_text())
    approvers = platform["services"][SERVICE]["environments"][PROD]["approval"]["approvers"]
    asked = {(step.expected.ballot.person, step.expected.ballot.address) for step in story() if step.expected.ballot is not None}
    others = {(name, platform["people"][name]["email"]) for name in approvers if platform["people"][name]["email"] != PUSHER}
    assert asked == others


def test_an_edit_that_no_longer_fits_says_so(clone: Clone) -> None:
    with pytest.raises(ValueError, match="0 times"):
        clone.replace("service/sample_app/identity.py", "what nobody wrote", "")
