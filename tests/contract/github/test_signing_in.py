"""Signing in through the GitHub App, against the twin's GitHub: codes that count once, the challenge that belongs to them, and whose they are."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from slipway.adapters.github.accounts import GitHubAccounts
from slipway.errors import InvalidInput, TemporarilyUnavailable, Unexpected
from slipway.ports import Accounts
from tests.fakes.accounts import FakeAccounts
from tests.fakes.secrets import FakeSecret
from tests.unit.twin.github.site import CALLBACK, CLIENT_ID, CLIENT_SECRET, GitHub

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def secret(**values: str) -> FakeSecret:
    return FakeSecret(json.dumps(values).encode())


@pytest.fixture
def accounts(github: GitHub) -> GitHubAccounts:
    return GitHubAccounts(secret(client_id=CLIENT_ID, client_secret=CLIENT_SECRET), github.url, github.url)


@dataclass(frozen=True)
class Host:
    """A code host where people say who they are: `confirm` does so on the page of that address, and gives the callback's parameters."""

    accounts: Accounts
    confirm: Callable[[str, str], dict[str, str]]


@pytest.fixture(params=["fake", "github"])
def host(request: pytest.FixtureRequest) -> Host:
    if request.param == "github":
        return Host(request.getfixturevalue("accounts"), confirm)
    fake = FakeAccounts()
    return Host(fake, lambda page, login: parameters(fake.confirm(page, login)))


def parameters(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def confirm(page: str, login: str) -> dict[str, str]:
    """Fill in the form of the page, without JavaScript."""
    shown = httpx.get(page)
    assert shown.status_code == 200, shown.text
    fields = dict(re.findall(r'<input type=hidden name="([^"]+)" value="([^"]*)">', shown.text))
    answer = httpx.post(page.partition("?")[0], data={**fields, "login": login})
    assert answer.status_code == 302 and answer.headers["location"].startswith(f"{CALLBACK}?"), answer.text
    return parameters(answer.headers["location"])


def test_who_confirms_on_the_hosts_page_is_known_by_the_code(host: Host) -> None:
    back = host.confirm(host.accounts.page("the state", CHALLENGE, "ada"), "Grace-H")
    assert back["state"] == "the state"
    assert host.accounts.login(back["code"], VERIFIER) == "Grace-H"


def test_the_login_is_suggested_on_the_page(accounts: GitHubAccounts) -> None:
    assert 'value="ada"' in httpx.get(accounts.page("state", CHALLENGE, "ada")).text


def test_a_code_counts_once(host: Host) -> None:
    back = host.confirm(host.accounts.page("state", CHALLENGE, ""), "ada")
    assert host.accounts.login(back["code"], VERIFIER) == "ada"
    assert host.accounts.login(back["code"], VERIFIER) == ""


def test_a_code_is_worth_nothing_without_the_verifier(host: Host) -> None:
    for wrong in ("w" * 43, ""):
        assert host.accounts.login(host.confirm(host.accounts.page("state", CHALLENGE, ""), "ada")["code"], wrong) == ""
    assert host.accounts.login("nonsense", VERIFIER) == ""


def test_another_secret_gets_nobodys_name(github: GitHub, accounts: GitHubAccounts) -> None:
    back = confirm(accounts.page("state", CHALLENGE, ""), "ada")
    wrong = GitHubAccounts(secret(client_id=CLIENT_ID, client_secret="guessed"), github.url, github.url)
    assert wrong.login(back["code"], VERIFIER) == ""


def test_the_page_asks_for_s256_and_nothing_else(accounts: GitHubAccounts) -> None:
    asked = parse_qs(urlsplit(accounts.page("state", CHALLENGE, "ada")).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["client_id"] == [CLIENT_ID]
    assert "redirect_uri" not in asked and "client_secret" not in asked
    plain = accounts.page("state", CHALLENGE, "").replace("S256", "plain")
    assert httpx.get(plain).status_code == 422


@pytest.mark.parametrize("values", [{}, {"app_id": "1", "private_key": "x"}, {"client_id": "x", "client_secret": ""}])
def test_a_platform_without_a_client_says_what_to_do(github: GitHub, values: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Nobody can sign in here"):
        GitHubAccounts(secret(**values), github.url, github.url).page("state", CHALLENGE, "")


def test_github_that_does_not_answer_is_temporary_and_no_code_is_in_the_message() -> None:
    accounts = GitHubAccounts(secret(client_id=CLIENT_ID, client_secret=CLIENT_SECRET), "http://127.0.0.1:9", "http://127.0.0.1:9")
    with pytest.raises(TemporarilyUnavailable) as raised:
        accounts.login("a-code", VERIFIER)
    assert "a-code" not in str(raised.value) and CLIENT_SECRET not in str(raised.value) and raised.value.__cause__ is None


def test_an_answer_that_is_no_sign_in_is_unexpected(github: GitHub) -> None:
    elsewhere = GitHubAccounts(secret(client_id=CLIENT_ID, client_secret=CLIENT_SECRET), f"{github.url}/nowhere", github.url)
    with pytest.raises(Unexpected):
        elsewhere.login("a-code", VERIFIER)
