"""Commits, refs and pushers, out of a repository that is really pushed to."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from slipway.adapters.github.app import App
from slipway.adapters.github.commits import MOST_COMMITS, GitHubCommits
from slipway.adapters.github.refs import GitHubRefs
from slipway.errors import InvalidInput
from slipway.ports import LastPush
from tests.unit.twin.github.site import REPOSITORY, Clone, Receiver

LOST = "f" * 40


def push(clone: Clone, receiver: Receiver, *refs: str) -> None:
    """Returns when the push was announced, so that its activity is known as well."""
    clone.git("push", "--quiet", "--force", "origin", *refs)
    receiver.next()


def test_the_commits_between_two_come_oldest_first_with_their_files(app: App, clone: Clone, receiver: Receiver) -> None:
    base = clone.head()
    first, second = clone.commit("service/new.py", "1\n", "Add\n\nwith a body"), clone.commit("service/main.py", "2\n", "Modify")
    push(clone, receiver, "main")
    found = GitHubCommits(app).between(REPOSITORY, base, second)
    assert [(each.commit, each.message, each.author_name, each.author, each.committer) for each in found.commits] == [
        (first, "Add\n\nwith a body", "Ada", "ada", "ada"),
        (second, "Modify", "Ada", "ada", "ada"),
    ]
    assert (found.omitted, sorted(found.files or ())) == (0, ["service/main.py", "service/new.py"])


def test_a_file_that_was_renamed_counts_under_both_names(app: App, clone: Clone, receiver: Receiver) -> None:
    base = clone.head()
    clone.git("mv", "service/main.py", "service/moved.py")
    clone.git("commit", "--quiet", "--message", "Move")
    push(clone, receiver, "main")
    assert sorted(GitHubCommits(app).between(REPOSITORY, base, clone.head()).files or ()) == ["service/main.py", "service/moved.py"]


def test_after_a_forced_push_nobody_claims_to_know_all_files(app: App, clone: Clone, receiver: Receiver) -> None:
    replaced = clone.commit("service/main.py", "old\n", "Old")
    push(clone, receiver, "main")
    clone.git("reset", "--quiet", "--hard", "HEAD~1")
    new = clone.commit("service/other.py", "new\n", "New")
    push(clone, receiver, "main")
    found = GitHubCommits(app).between(REPOSITORY, replaced, new)
    assert ([each.message for each in found.commits], found.files, found.lost, found.related) == (["New"], None, 1, True)


def long_history(clone: Clone, branch: str, count: int, base: str = "") -> Sequence[str]:
    """That many commits, oldest first; without a base they are a history of their own."""
    made = [f"commit refs/heads/{branch}\ncommitter Ada <ada@example.com> {1767225600 + number} +0000\ndata 1\n.\n" for number in range(count)]
    clone.git("fast-import", "--quiet", "--force", given=made[0] + (f"from {base}\n" if base else "") + "".join(made[1:]))
    return clone.git("rev-list", "--reverse", f"{base}..{branch}" if base else branch).splitlines()


def test_of_a_long_comparison_the_newest_commits_are_read_and_the_others_counted(app: App, clone: Clone, receiver: Receiver) -> None:
    base = clone.head()
    made = long_history(clone, "main", MOST_COMMITS + 123, base)
    push(clone, receiver, "main")
    found = GitHubCommits(app).between(REPOSITORY, base, made[-1])
    assert [each.commit for each in found.commits] == made[-len(found.commits) :]
    assert (len(found.commits), found.omitted, found.related) == (923, 200, True), "whole pages are read"
    assert found.commits[-1].addresses == ("ada@example.com",)
    enough = GitHubCommits(app).between(REPOSITORY, base, made[MOST_COMMITS - 1])
    assert ([each.commit for each in enough.commits], enough.omitted) == (made[:MOST_COMMITS], 0)


def test_without_a_base_the_head_is_alone(app: App, clone: Clone) -> None:
    clone.commit("service/main.py", "2\n")
    clone.git("push", "--quiet")
    found = GitHubCommits(app).between(REPOSITORY, "", clone.head())
    assert ([each.commit for each in found.commits], found.omitted, found.files, found.related) == ([clone.head()], 0, None, True)


@pytest.mark.parametrize("is_lost", [True, False])
def test_of_a_head_that_has_nothing_in_common_with_the_base_the_whole_history_is_new(app: App, clone: Clone, receiver: Receiver, is_lost: bool) -> None:
    base = LOST if is_lost else clone.head()
    made = long_history(clone, "other", 105)
    push(clone, receiver, "other")
    found = GitHubCommits(app).between(REPOSITORY, base, made[-1])
    assert ([each.commit for each in found.commits], found.omitted, found.files, found.related) == (made, 0, None, False)


def test_a_history_that_is_too_long_is_said_to_be_read_in_part(app: App, clone: Clone, receiver: Receiver) -> None:
    made = long_history(clone, "other", MOST_COMMITS + 1)
    push(clone, receiver, "other")
    found = GitHubCommits(app).between(REPOSITORY, LOST, made[-1])
    assert ([each.commit for each in found.commits], found.omitted, found.related) == (made[1:], 1, False)


def test_a_head_that_is_not_there_is_said_so(app: App) -> None:
    with pytest.raises(InvalidInput, match=f"{REPOSITORY} has no commit {LOST}"):
        GitHubCommits(app).between(REPOSITORY, "", LOST)


def test_refs_come_with_what_they_point_at_and_tags_lead_to_commits(app: App, clone: Clone) -> None:
    clone.git("tag", "light")
    clone.git("tag", "--annotate", "v1.0.0", "--message", "One")
    clone.git("tag", "--annotate", "nested", "v1.0.0", "--message", "A tag of a tag")
    clone.git("tag", "blob", "HEAD:service/main.py")
    clone.git("push", "--quiet", "origin", "--tags", "HEAD:refs/heads/feature/ä")
    refs = GitHubRefs(app)
    found = refs.read(REPOSITORY)
    assert found is not None
    names = ("refs/heads/feature/ä", "refs/heads/main", "refs/tags/blob", "refs/tags/light", "refs/tags/nested", "refs/tags/v1.0.0")
    assert found.refs == {name: clone.git("rev-parse", name.replace("refs/heads/feature/ä", "HEAD")) for name in names}
    for name in ("refs/heads/main", "refs/tags/light", "refs/tags/v1.0.0", "refs/tags/nested"):
        assert refs.commit(REPOSITORY, name, found.refs[name]) == clone.head(), name


def test_a_branchs_pusher_is_known_and_a_tags_is_not(app: App, clone: Clone, receiver: Receiver) -> None:
    commit = clone.commit("service/main.py", "2\n")
    push(clone, receiver, "main")
    clone.git("tag", "light")
    push(clone, receiver, "light")
    refs = GitHubRefs(app)
    known = refs.last_push(REPOSITORY, "refs/heads/main", commit)
    assert known.login == "ada" and known.at is not None and abs((datetime.now(UTC) - known.at).total_seconds()) < 60
    assert [refs.last_push(REPOSITORY, ref, commit) for ref in ("refs/heads/other", "refs/tags/light")] == [LastPush(), LastPush()]
    assert refs.last_push(REPOSITORY, "refs/heads/main", LOST) == LastPush()


def test_a_bot_that_pushed_a_branch_is_nobody(app: App, clone: Clone, receiver: Receiver) -> None:
    bot = "41898282+github-actions[bot]@users.noreply.github.com"
    clone.git("commit", "--quiet", "--allow-empty", "--message", "By a workflow", committer=bot)
    clone.git("push", "--quiet")
    told = receiver.next_push()
    assert (told["sender"]["login"], told["sender"]["type"]) == ("github-actions[bot]", "Bot")
    known = GitHubRefs(app).last_push(REPOSITORY, "refs/heads/main", clone.head())
    assert known.login == "" and known.at is not None


def test_a_repository_that_nobody_connected_has_no_refs_to_tell_of(app: App) -> None:
    refs = GitHubRefs(app)
    assert (refs.read("acme/nowhere"), refs.last_push("acme/nowhere", "refs/heads/main", LOST)) == (None, LastPush())
    found = GitHubCommits(app).between("acme/nowhere", "", LOST)
    assert ([each.commit for each in found.commits], found.connected) == ([LOST], False)
