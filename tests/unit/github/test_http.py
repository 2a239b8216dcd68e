"""GitHub that breaks down, asks to wait or answers nonsense."""

import socket

import pytest

from slipway.adapters.github import app as github_app
from slipway.adapters.github.app import READ, App
from slipway.adapters.github.commits import GitHubCommits
from slipway.adapters.github.http import LARGEST_ANSWER_BYTES
from slipway.adapters.github.refs import GitHubRefs
from slipway.errors import TemporarilyUnavailable, Unexpected
from tests.fakes.secrets import app_secret
from tests.unit.github.conftest import Play
from tests.unit.github.scripted import Asked, Reply

REPOSITORY = "acme/sample-app"


def ask(app: App) -> object:
    return app.call(REPOSITORY, READ, "GET", "/commits/main").expect(200)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(500), "GitHub answered 500 to GET /repos/acme/sample-app/commits/main"),
        (Reply(502, b"<html>Bad gateway"), "GitHub answered 502"),
        (Reply(403, {"message": "Slow down"}, {"Retry-After": "60"}), "GitHub asks to wait for 60 s: Slow down"),
        (Reply(429, {"message": "Slow down"}), "GitHub asks to wait for a minute"),
        (Reply(403, {"message": "API rate limit exceeded"}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000100"}), "until 1800000100"),
        (Reply(403, {"message": "You have exceeded a secondary rate limit."}), "GitHub asks to wait for a minute"),
    ],
)
def test_what_will_pass_is_temporarily_unavailable(play: Play, reply: Reply, says: str) -> None:
    _, app = play(lambda _: reply)
    with pytest.raises(TemporarilyUnavailable, match=says):
        ask(app)


def test_a_github_that_does_not_answer_is_temporarily_unavailable(private_key: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        app = App(app_secret("1", private_key), f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(TemporarilyUnavailable, match="GitHub doesn't answer to GET /repos/acme/sample-app/installation: NewConnectionError"):
            ask(app)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(403, {"message": "Resource not accessible by integration"}, {"x-ratelimit-remaining": "4999"}), r"403 .*by integration \(check the permissions"),
        (Reply(418, {"message": "a\nteapot"}), "418 to GET /repos/acme/sample-app/commits/main: a teapot"),
        (Reply(200, b" " * (LARGEST_ANSWER_BYTES + 1)), "has more than 16777216 bytes"),
    ],
)
def test_what_will_not_pass_is_unexpected_and_says_what_github_said(play: Play, reply: Reply, says: str) -> None:
    _, app = play(lambda _: reply)
    with pytest.raises(Unexpected, match=says):
        ask(app)


@pytest.mark.parametrize("body", [{}, [], {"sha": "a"}, {"sha": "a", "commit": None}, b"no JSON", None])
def test_an_answer_that_is_not_as_documented_is_unexpected(play: Play, body: object) -> None:
    _, app = play(lambda _: Reply(200, body))
    with pytest.raises(Unexpected, match="isn't as documented"):
        GitHubCommits(app).between(REPOSITORY, "", "main")


def test_a_renamed_repository_is_followed_to_its_new_place(play: Play) -> None:
    def script(asked: Asked) -> Reply:
        return Reply(200, {"here": True}) if asked.path == "/repositories/1/commits/main" else Reply(301, headers={"Location": "/repositories/1/commits/main"})

    server, app = play(script)
    assert ask(app) == {"here": True}
    assert {asked.token for asked in server.asked} == {"token-1"}


def test_no_token_goes_to_another_host(play: Play) -> None:
    stranger, _ = play(lambda _: Reply(200, {}))
    _, app = play(lambda _: Reply(301, headers={"Location": f"{stranger.url}/"}))
    ask(app)
    assert [asked.token for asked in stranger.asked] == [""]
    _, other = play(lambda _: Reply(200, [], {"Link": f'<{stranger.url}/page2>; rel="next"'}))
    with pytest.raises(Unexpected, match="isn't below"):
        GitHubRefs(other).read(REPOSITORY)


def test_refs_of_all_pages_are_read_and_of_other_kinds_none(play: Play) -> None:
    def ref(name: str) -> dict[str, object]:
        return {"ref": name, "object": {"sha": "a" * 40, "type": "commit"}}

    def script(asked: Asked) -> Reply:
        if "tags" in asked.path:
            return Reply(200, [ref("refs/tagsoup/x")])
        if "page=2" in asked.path:
            return Reply(200, [ref("refs/heads/two")])
        link = f'<{server.url}/repos/acme/sample-app/git/matching-refs/heads?page=2>; rel="next", <x>; rel="last"'
        return Reply(200, [ref("refs/heads/one"), ref("refs/headstand")], {"Link": link, "Date": "Tue, 24 Nov 2026 12:00:00 GMT"})

    server, app = play(script)
    found = GitHubRefs(app).read(REPOSITORY)
    assert found is not None and sorted(found.refs) == ["refs/heads/one", "refs/heads/two"]


def test_an_answer_whose_pages_do_not_end_is_not_taken_for_whole(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refs that weren't read would count as deleted."""
    monkeypatch.setattr(github_app, "MOST_PAGES", 3)
    server, app = play(lambda _: Reply(200, [], {"Link": f'<{server.url}/repos/acme/sample-app/more>; rel="next"'}))
    with pytest.raises(Unexpected, match="has more than 3 pages"):
        GitHubRefs(app).read(REPOSITORY)
    assert len(server.asked) == 3


def test_an_empty_repository_has_no_refs(play: Play) -> None:
    _, app = play(lambda _: Reply(409, {"message": "Git Repository is empty."}))
    found = GitHubRefs(app).read(REPOSITORY)
    assert found is not None and found.refs == {}
