"""Real pushes with the real git: what is pushed is announced once per ref, signed, in order, and to nobody's delay."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.twin.github.site import REPOSITORY, Clone, GitHub, Receiver

NO_OBJECT = "0" * 40


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def github(tmp_path: Path, receiver: Receiver) -> Iterator[GitHub]:
    source = tmp_path / "source"
    (source / "__pycache__").mkdir(parents=True)
    (source / "__pycache__" / "main.pyc").touch()
    (source / "main.py").write_text("print('hello')\n")
    github = GitHub(tmp_path / "github", receiver.url, f"service={source}")
    yield github
    github.end()


@pytest.fixture
def clone(github: GitHub, tmp_path: Path) -> Clone:
    return Clone(github.clone_url, tmp_path / "clone")


def test_the_first_commit_holds_the_seeds_and_is_the_same_everywhere(github: GitHub, clone: Clone, tmp_path: Path) -> None:
    assert clone.git("ls-files") == "service/main.py"
    assert clone.git("log", "--format=%an %aI %s") == "Slipway 2026-01-01T00:00:00+00:00 First commit"
    again = GitHub(tmp_path / "again", "http://127.0.0.1:1/", f"service={tmp_path / 'source'}")
    with contextlib.ExitStack() as ends:
        ends.callback(again.end)
        assert Clone(again.clone_url, tmp_path / "second").head() == clone.head()


def test_a_push_to_a_branch_is_announced_as_github_does(github: GitHub, receiver: Receiver, clone: Clone) -> None:
    before = clone.head()
    first = clone.commit("service/new.py", "1\n", "Add\n\nwith a body")
    second = clone.commit("service/main.py", "print('bye')\n", "Modify")
    third = clone.commit("service/new.py", None, "Remove")
    clone.git("push", "--quiet")

    received = receiver.next()
    headers, payload = received.headers, received.payload
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["Content-Type"] == "application/json"
    assert headers["X-GitHub-Event"] == "push"
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "repository"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(payload["repository"]["id"])
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, third)
    assert (payload["created"], payload["deleted"], payload["forced"], payload["base_ref"]) == (False, False, False, None)
    assert payload["compare"] == f"{github.url}/{REPOSITORY}/compare/{before[:12]}...{third[:12]}"
    assert payload["pusher"] == {"name": "ada", "email": "ada@example.com"}
    assert payload["sender"]["login"] == "ada"
    repository = payload["repository"]
    assert (repository["name"], repository["full_name"], repository["private"]) == ("sample-app", REPOSITORY, False)
    assert (repository["owner"]["login"], repository["default_branch"], repository["clone_url"]) == ("acme", "main", github.clone_url)
    changes = [(each["id"], each["message"], each["added"], each["removed"], each["modified"]) for each in payload["commits"]]
    assert changes == [
        (first, "Add\n\nwith a body", ["service/new.py"], [], []),
        (second, "Modify", [], [], ["service/main.py"]),
        (third, "Remove", [], ["service/new.py"], []),
    ]
    assert payload["head_commit"] == payload["commits"][-1]
    assert payload["head_commit"]["distinct"] is True
    assert payload["head_commit"]["author"] == {"name": "Ada", "email": "ada@example.com", "username": "ada"}


def test_a_new_branch_is_created_from_the_branch_that_has_its_commit(receiver: Receiver, clone: Clone) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/stage")
    payload = receiver.next_push()
    assert (payload["ref"], payload["before"], payload["created"]) == ("refs/heads/stage", NO_OBJECT, True)
    assert (payload["base_ref"], payload["commits"], payload["head_commit"]["id"]) == ("refs/heads/main", [], clone.head())
    assert payload["head_commit"]["distinct"] is False
    assert payload["compare"].endswith("/compare/stage")


def test_a_new_branch_with_commits_of_its_own_lists_those(receiver: Receiver, clone: Clone) -> None:
    own = [clone.commit("a", "1"), clone.commit("a", "2")]
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/feature")
    payload = receiver.next_push()
    assert [each["id"] for each in payload["commits"]] == own
    assert (payload["base_ref"], payload["forced"]) == (None, False)
    assert payload["compare"].endswith(f"/compare/{own[0][:12]}^...{own[1][:12]}")


def test_a_deleted_branch_has_no_head_commit(receiver: Receiver, clone: Clone) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/stage")
    receiver.next_push()
    clone.git("push", "--quiet", "origin", ":refs/heads/stage")
    payload = receiver.next_push()
    assert (payload["before"], payload["after"], payload["deleted"]) == (clone.head(), NO_OBJECT, True)
    assert (payload["head_commit"], payload["commits"], payload["pusher"]["name"]) == (None, [], "acme")


def test_a_force_push_says_so_and_lists_what_is_new(receiver: Receiver, clone: Clone) -> None:
    lost = clone.commit("a", "1")
    clone.git("push", "--quiet")
    receiver.next_push()
    clone.git("commit", "--quiet", "--amend", "--message", "Amended")
    clone.git("push", "--quiet", "--force")
    payload = receiver.next_push()
    assert (payload["forced"], payload["before"], [each["message"] for each in payload["commits"]]) == (True, lost, ["Amended"])


def test_a_merge_lists_the_commits_of_both_sides(receiver: Receiver, clone: Clone) -> None:
    clone.git("checkout", "--quiet", "-b", "side")
    side = clone.commit("side", "1")
    clone.git("checkout", "--quiet", "main")
    main = clone.commit("main", "1")
    clone.git("merge", "--quiet", "--message", "Merge", "side")
    clone.git("push", "--quiet", "origin", "main")
    payload = receiver.next_push()
    assert {each["id"] for each in payload["commits"]} == {side, main, clone.head()}
    assert (payload["head_commit"]["id"], payload["head_commit"]["added"]) == (clone.head(), ["side"])


def test_an_annotated_tag_is_its_object_and_leads_to_the_commit(receiver: Receiver, clone: Clone) -> None:
    clone.git("tag", "--annotate", "--message", "One", "v1.0.0")
    clone.git("push", "--quiet", "origin", "v1.0.0")
    payload = receiver.next_push()
    assert (payload["ref"], payload["created"], payload["after"]) == ("refs/tags/v1.0.0", True, clone.git("rev-parse", "v1.0.0"))
    assert payload["after"] != payload["head_commit"]["id"] == clone.head()
    assert (payload["commits"], payload["base_ref"], payload["compare"].rpartition("/")[2]) == ([], None, "v1.0.0")


def test_an_annotated_tag_was_pushed_by_who_tagged_and_not_by_who_committed(receiver: Receiver, clone: Clone) -> None:
    clone.git("tag", "v0")
    clone.git("tag", "--annotate", "--message", "One", "v1.0.0", committer="grace@example.com")
    clone.git("push", "--quiet", "origin", "v0", "v1.0.0")
    told = {(payload := receiver.next_push())["ref"]: (payload["pusher"]["name"], payload["sender"]["login"]) for _ in range(2)}
    assert told == {"refs/tags/v0": ("slipway", "slipway"), "refs/tags/v1.0.0": ("grace", "grace")}


def test_a_lightweight_tag_is_the_commit(receiver: Receiver, clone: Clone) -> None:
    clone.git("tag", "v1")
    clone.git("push", "--quiet", "origin", "v1")
    payload = receiver.next_push()
    assert payload["after"] == payload["head_commit"]["id"] == clone.head()
    assert (payload["base_ref"], payload["commits"]) == ("refs/heads/main", [])


def test_a_tag_of_something_else_than_a_commit_has_no_head_commit(receiver: Receiver, clone: Clone) -> None:
    clone.git("tag", "blob", "HEAD:service/main.py")
    clone.git("push", "--quiet", "origin", "blob")
    assert receiver.next_push()["head_commit"] is None


def test_three_tags_at_once_make_three_events_and_five_none(receiver: Receiver, clone: Clone) -> None:
    tags = [f"v{number}" for number in range(8)]
    for tag in tags:
        clone.git("tag", tag)
    clone.git("push", "--quiet", "origin", *tags[:3])
    assert [receiver.next_push()["ref"] for _ in range(3)] == [f"refs/tags/{tag}" for tag in tags[:3]]
    clone.commit("a", "1")
    clone.git("push", "--quiet", "origin", "main", *tags[3:])
    assert receiver.next_push()["ref"] == "refs/heads/main", "the branch of the same push is announced"
    clone.git("push", "--quiet", "origin", ":refs/tags/v0")
    assert receiver.next_push()["ref"] == "refs/tags/v0", "nothing was announced in between"


def test_a_push_that_is_refused_or_changes_nothing_is_not_announced(receiver: Receiver, clone: Clone, github: GitHub, tmp_path: Path) -> None:
    stale = Clone(github.clone_url, tmp_path / "stale")
    clone.git("push", "--quiet")
    clone.commit("a", "1")
    clone.git("push", "--quiet")
    stale.commit("a", "2")
    assert "rejected" in stale.git("push", check=False)
    assert "prohibited" in clone.git("push", "origin", ":main", check=False)
    clone.git("tag", "after")
    clone.git("push", "--quiet", "origin", "after")
    assert [receiver.next_push()["ref"] for _ in range(2)] == ["refs/heads/main", "refs/tags/after"]
    assert receiver.is_empty


def test_a_push_is_answered_while_the_receiver_is_silent_and_deliveries_keep_their_order(receiver: Receiver, clone: Clone) -> None:
    receiver.open_.clear()
    pushed = [clone.commit("a", str(number)) for number in range(3)]
    for commit in pushed:
        clone.git("push", "--quiet", "origin", f"{commit}:refs/heads/main")
    assert receiver.is_empty
    receiver.open_.set()
    assert [receiver.next_push()["after"] for _ in range(3)] == pushed


def test_a_large_push_comes_in_parts_and_a_hook_in_the_repository_never_runs(receiver: Receiver, clone: Clone, github: GitHub, tmp_path: Path) -> None:
    hooks = tmp_path / "github" / "acme" / "sample-app.git" / "hooks"
    hooks.mkdir()
    for name in ("pre-receive", "update", "post-receive"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    (clone.folder / "large").write_bytes(os.urandom(3_000_000))  # above http.postBuffer: git sends it chunked
    commit = clone.commit("small", "1")
    clone.git("push", "--quiet")
    assert receiver.next_push()["after"] == commit
    assert Clone(github.clone_url, tmp_path / "again").head() == commit


def test_a_commit_can_be_fetched_by_its_hash_without_its_history(clone: Clone, github: GitHub, tmp_path: Path) -> None:
    first = clone.head()
    clone.commit("a", "1")
    clone.git("push", "--quiet")
    (tmp_path / "shallow").mkdir()
    clone.git("init", "--quiet", cwd=tmp_path / "shallow")
    clone.git("fetch", "--quiet", "--depth", "1", github.clone_url, first, cwd=tmp_path / "shallow")
    assert clone.git("rev-parse", "FETCH_HEAD", cwd=tmp_path / "shallow") == first


def test_gzipped_requests_are_understood(clone: Clone, github: GitHub) -> None:
    # git packs a request that names many refs; version 0 of the protocol names each it has.
    for number in range(60):
        clone.git("tag", f"t{number}", clone.git("commit-tree", "HEAD^{tree}", "-m", str(number)))
    clone.git("push", "--quiet", "--tags")
    trace = clone.git("-c", "protocol.version=0", "clone", "--mirror", github.clone_url, str(clone.folder.parent / "mirror"))
    assert "fatal" not in trace
    assert len(clone.git("for-each-ref", "refs/tags", cwd=clone.folder.parent / "mirror").splitlines()) == 60


def test_a_delivery_can_be_listed_read_and_sent_again_as_it_was(receiver: Receiver, clone: Clone, github: GitHub) -> None:
    clone.commit("a", "1")
    clone.git("push", "--quiet")
    first = receiver.next()
    assert github.post(f"{github.hook}/pings").status_code == 204
    assert (ping := receiver.next()).headers["X-GitHub-Event"] == "ping"
    assert f"/hooks/{ping.payload['hook_id']}" == github.hook

    push = github.get(f"{github.hook}/deliveries").json()[-1]
    assert (push["guid"], push["event"], push["status"], push["status_code"], push["redelivery"]) == (
        first.headers["X-GitHub-Delivery"], "push", "Accepted", 202, False
    )  # fmt: skip
    in_full = github.get(f"{github.hook}/deliveries/{push['id']}").json()
    assert in_full["request"]["payload"] == first.payload
    assert in_full["response"]["payload"] == "thanks"

    assert github.post(f"{github.hook}/deliveries/{push['id']}/attempts").status_code == 202
    second = receiver.next()
    assert (second.headers["X-GitHub-Delivery"], second.body) == (first.headers["X-GitHub-Delivery"], first.body)
    assert github.post(f"{github.hook}/pings").status_code == 204
    receiver.next()
    page = github.get(f"{github.hook}/deliveries?per_page=2")
    following = httpx.get(page.links["next"]["url"]).json()
    assert next(each for each in [*page.json(), *following] if each["redelivery"])["guid"] == push["guid"]
    assert github.get(f"{github.hook}/deliveries/999").status_code == 404
    assert github.get("/hooks/1").status_code == 404


def test_a_receiver_that_is_down_is_recorded_as_a_failure_and_the_push_succeeds(receiver: Receiver, clone: Clone, github: GitHub) -> None:
    receiver.close()
    clone.commit("a", "1")
    clone.git("push", "--quiet")
    deliveries: list[Any] = []
    while not deliveries:
        deliveries = github.get(f"{github.hook}/deliveries").json()
    assert (deliveries[0]["status"], deliveries[0]["status_code"], deliveries[0]["event"]) == ("failed to connect", 502, "push")


def test_the_page_shows_refs_and_deliveries_and_escapes_them(receiver: Receiver, clone: Clone, github: GitHub) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/<b>&")
    receiver.next()
    page = httpx.get(github.url).text
    assert "refs/heads/&lt;b&gt;&amp;" in page
    assert "<b>" not in page
    assert "acme/other" in page


def test_what_is_not_there_is_not_found(github: GitHub, clone: Clone) -> None:
    assert "not found" in clone.git("ls-remote", f"{github.url}/acme/nothing", check=False)
    assert httpx.get(f"{github.url}/{REPOSITORY}/info/refs").status_code == 403
    assert httpx.get(f"{github.url}/repos/acme/nothing/hooks").status_code == 404


def test_sigterm_ends_it_cleanly_and_the_repositories_stay(github: GitHub, receiver: Receiver, clone: Clone, tmp_path: Path) -> None:
    commit = clone.commit("a", "1")
    clone.git("push", "--quiet")
    assert github.end() == 0
    again = GitHub(tmp_path / "github", receiver.url, f"service={tmp_path / 'source'}")
    with contextlib.ExitStack() as ends:
        ends.callback(again.end)
        assert Clone(again.clone_url, tmp_path / "second").head() == commit
