"""One token for each repository and purpose, for as long as it lasts; and a secret that is told to nobody."""

import json
from datetime import UTC, datetime

import jwt
import pytest

from slipway.adapters.github.app import READ, WRITE_STATUSES, App, NotConnected
from slipway.adapters.github.commits import GitHubCommits
from slipway.adapters.github.credentials import parse
from slipway.adapters.github.deliveries import GitHubDeliveries
from slipway.adapters.github.refs import GitHubRefs
from slipway.errors import InvalidInput
from tests.fakes.secrets import FakeSecret, app_secret
from tests.unit.github.conftest import Clock, Play
from tests.unit.github.scripted import Asked, Reply

REPOSITORY = "acme/sample-app"
OK = Reply(200, {})


def ask(app: App, repository: str = REPOSITORY) -> None:
    app.call(repository, READ, "GET", "/commits/main").expect(200)


def test_a_token_is_asked_for_once(play: Play) -> None:
    server, app = play(lambda _: OK)
    ask(app)
    ask(app)
    assert [asked.token for asked in server.asked] == ["token-1", "token-1"]


def test_repositories_and_purposes_have_tokens_of_their_own(play: Play) -> None:
    server, app = play(lambda _: OK)
    ask(app)
    ask(app, "acme/other")
    app.call(REPOSITORY, WRITE_STATUSES, "POST", "/statuses/main", {}).expect(200)
    assert [asked.token for asked in server.asked] == ["token-1", "token-2", "token-3"]


def test_a_token_is_for_one_repository_and_one_purpose_only(play: Play) -> None:
    server, app = play(lambda _: OK)
    ask(app)
    assert server.granted == [{"repositories": ["sample-app"], "permissions": {"contents": "read"}}]


def test_a_token_is_renewed_shortly_before_it_ends(play: Play, clock: Clock) -> None:
    server, app = play(lambda _: OK)
    server.ends = datetime.fromtimestamp(clock() + 3600, UTC).isoformat()
    for passed in (0, 3200, 200):
        clock.seconds += passed
        ask(app)
    assert [asked.token for asked in server.asked] == ["token-1", "token-1", "token-2"]


def test_a_token_that_was_revoked_is_replaced_once(play: Play) -> None:
    server, app = play(lambda asked: OK if asked.token == "token-2" else Reply(401, {"message": "Bad credentials"}))
    ask(app)
    assert [asked.token for asked in server.asked] == ["token-1", "token-2"]


def test_what_signs_in_lasts_less_than_ten_minutes_and_began_a_minute_ago(play: Play, clock: Clock) -> None:
    tokens: list[str] = []

    def script(asked: Asked) -> Reply:
        tokens.append(asked.token)
        return Reply(200, [])

    _, app = play(script)
    GitHubDeliveries(app).failed(datetime.now(UTC))
    claims = jwt.decode(tokens[0], options={"verify_signature": False})
    assert claims == {"iat": clock() - 60, "exp": clock() + 540, "iss": "1"}
    assert jwt.get_unverified_header(tokens[0])["alg"] == "RS256"


@pytest.mark.parametrize("value", [b"", b"{}", b'{"app_id": ""}', b'{"app_id": null, "private_key": ""}', b'{"client_id": "x"}'])
def test_a_platform_without_an_app_knows_nothing_and_asks_nobody(value: bytes) -> None:
    app = App(FakeSecret(value), "http://127.0.0.1:1")
    with pytest.raises(NotConnected):
        ask(app)
    assert GitHubRefs(app).read(REPOSITORY) is None
    assert GitHubDeliveries(app).failed(datetime.now(UTC)) == ()
    assert [each.commit for each in GitHubCommits(app).between(REPOSITORY, "a", "b").commits] == ["b"]


@pytest.mark.parametrize(
    "value",
    [
        b"-----BEGIN RSA PRIVATE KEY-----sesame",
        b'["sesame"]',
        json.dumps({"app_id": "1", "private_key": "sesame"}).encode(),
        json.dumps({"app_id": ["sesame"], "private_key": "-----BEGIN RSA PRIVATE KEY-----"}).encode(),
    ],
)
def test_a_secret_that_makes_no_sense_is_refused_with_what_to_enter_and_without_its_value(value: bytes) -> None:
    with pytest.raises(InvalidInput, match=r'should be \{"app_id"') as refused:
        parse(value)
    assert "sesame" not in str(refused.value) and refused.value.__suppress_context__ | (refused.value.__context__ is None)


def test_a_key_that_cannot_sign_is_refused_without_its_value() -> None:
    app = App(app_secret("1", "-----BEGIN RSA PRIVATE KEY-----\nsesame\n-----END RSA PRIVATE KEY-----"), "http://127.0.0.1:1")
    with pytest.raises(InvalidInput, match="isn't an RSA key in PEM form") as refused:
        ask(app)
    assert "sesame" not in str(refused.value)


def test_credentials_show_no_key() -> None:
    assert "sesame" not in repr(parse(json.dumps({"app_id": 1, "private_key": "-----BEGIN RSA PRIVATE KEY-----sesame"}).encode()))
