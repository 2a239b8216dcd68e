"""Signing in: what GitHub checks is checked, and what it refuses is told in words that help."""

import time
from collections.abc import Iterator

import httpx
import jwt
import pytest

from slipway.adapters.github.app import READ, App, NotConnected
from slipway.adapters.github.commits import GitHubCommits
from slipway.errors import Unexpected
from tests.contract.github.conftest import Key
from tests.fakes.secrets import app_secret
from tests.unit.twin.github.site import APP_ID, REPOSITORY, Clone, GitHub

MAIN = "/git/matching-refs/heads"


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Iterator[GitHub]:
    """One for all tests here: they change nothing."""
    github = GitHub(tmp_path_factory.mktemp("github"), "http://127.0.0.1:1/", app_key=key.public)
    yield github
    github.end()


def jwt_of(key: Key, **changes: object) -> dict[str, str]:
    now = int(time.time())
    return bearer(jwt.encode({"iat": now - 60, "exp": now + 540, "iss": APP_ID, **changes}, key.private, algorithm="RS256"))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token(github: GitHub, key: Key, **asked: object) -> httpx.Response:
    found = httpx.get(f"{github.url}/repos/{REPOSITORY}/installation", headers=jwt_of(key))
    return httpx.post(f"{github.url}/app/installations/{found.json()['id']}/access_tokens", headers=jwt_of(key), json=asked)


def test_the_app_signs_in_and_reads(app: App) -> None:
    assert app.call(REPOSITORY, READ, "GET", MAIN).expect(200)[0]["ref"] == "refs/heads/main"


def test_a_key_of_another_app_is_refused_and_the_message_says_what_to_check(github: GitHub) -> None:
    other = App(app_secret(APP_ID, Key.make().private), github.url)
    with pytest.raises(Unexpected, match=r"401.*could not be decoded.*check app_id and private_key") as refused:
        other.call(REPOSITORY, READ, "GET", MAIN)
    assert "PRIVATE" not in str(refused.value)


def test_a_repository_without_the_app_is_as_good_as_not_connected(app: App) -> None:
    with pytest.raises(NotConnected):
        app.call("acme/nowhere", READ, "GET", MAIN)


def test_the_app_reads_a_repository_whatever_the_case_of_its_name(app: App, clone: Clone) -> None:
    assert GitHubCommits(app).between("Acme/Sample-App", "", clone.head()).commits[0].commit == clone.head()


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"exp": int(time.time()) - 1}, 401, "must be a numeric value representing the future"),
        ({"exp": int(time.time()) + 1200}, 401, "too far in the future"),
        ({"iat": int(time.time()) + 600}, 401, "'Issued at' claim"),
        ({"iss": "1"}, 404, "Integration not found"),
    ],
)
def test_a_json_web_token_with_wrong_claims_is_refused(github: GitHub, key: Key, changes: dict[str, object], status: int, says: str) -> None:
    refused = httpx.get(f"{github.url}/app/hook/deliveries", headers=jwt_of(key, **changes))
    assert refused.status_code == status and says in refused.json()["message"]


def test_a_token_holds_no_more_than_was_asked_for(github: GitHub, key: Key) -> None:
    narrow = token(github, key, repositories=["sample-app"], permissions={"statuses": "write"}).json()
    assert narrow["permissions"] == {"metadata": "read", "statuses": "write"}
    headers = bearer(narrow["token"])
    assert httpx.get(f"{github.url}/repos/{REPOSITORY}{MAIN}", headers=headers).json()["message"] == "Resource not accessible by integration"
    assert httpx.get(f"{github.url}/repos/acme/other{MAIN}", headers=headers).status_code == 404


def test_more_than_the_app_was_given_is_refused(github: GitHub, key: Key) -> None:
    assert token(github, key, permissions={"contents": "write"}).json()["message"] == "The permissions requested are not granted to this installation."
    assert "at least one repository" in token(github, key, repositories=["nowhere"]).json()["message"]


@pytest.mark.parametrize("headers", [{}, bearer("ghs_nonsense")])
def test_nothing_is_read_without_a_token(github: GitHub, headers: dict[str, str]) -> None:
    assert httpx.get(f"{github.url}/repos/{REPOSITORY}{MAIN}", headers=headers).status_code == 401
    assert httpx.post(f"{github.url}/repos/{REPOSITORY}/statuses/{'a' * 40}", headers=headers, json={"state": "success"}).status_code == 401
