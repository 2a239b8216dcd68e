"""Where an environment wants people to sign in, a forwarded mail shows the question but decides nothing."""

from datetime import timedelta

import pytest
from httpx import Response

from slipway.console.signing_in import ATTEMPT, SESSION
from tests.unit.console.browsing import APPROVAL, Browser, Platform, Program, checked, ticket_of


@pytest.fixture
def platform() -> Platform:
    platform = Platform()
    platform.configurations.change_approval("prod", sign_in=True)
    return platform


def begin(browser: Browser, platform: Platform, person: str = "grace") -> str:
    """Follow the page's own link to GitHub; GitHub's address."""
    page = browser.open(platform.link(person))
    assert 'href="?sign-in"' in page.text
    answer = checked(browser.client.get(f"/approvals/{platform.link(person)}?sign-in", follow_redirects=False))
    assert answer.status_code == 303
    return answer.headers["location"]


def come_back(browser: Browser, platform: Platform, page: str, login: str) -> Response:
    return checked(browser.client.get(platform.accounts.confirm(page, login), follow_redirects=False))


def sign_in(browser: Browser, platform: Platform, login: str = "grace", person: str = "grace") -> Response:
    return come_back(browser, platform, begin(browser, platform, person), login)


def test_the_link_alone_shows_the_question_and_cannot_decide(browser: Browser, platform: Platform) -> None:
    page = browser.open(platform.link())
    assert "v1.1.0 to prod" in page.text and not ticket_of(page)
    assert "wants you to sign in" in page.text and "Sign in at GitHub as grace" in page.text
    before = platform.written()
    answer = browser.send(platform.link(), choice="approve", ticket=platform.form_tickets.make_ticket(platform.link()))
    assert answer.status_code == 409 and "wants you to sign in" in answer.text
    assert platform.written() == before


def test_who_has_signed_in_as_the_links_person_decides(browser: Browser, platform: Platform) -> None:
    answer = sign_in(browser, platform, "Grace")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/approvals/{platform.link()}")
    assert browser.press(platform.link(), "approve").status_code == 200
    assert [details["way"] for _, _, _, details in platform.audit.entries] == ["sign-in"]


def test_who_has_signed_in_as_somebody_else_reads_so_and_cannot_decide(browser: Browser, platform: Platform) -> None:
    sign_in(browser, platform, "mallory")
    page = browser.open(platform.link())
    assert "You are signed in as mallory, and this link is for grace." in page.text and not ticket_of(page)
    answer = browser.send(platform.link(), choice="approve", ticket=platform.form_tickets.make_ticket(platform.link()))
    assert answer.status_code == 409 and platform.approvals.votes(APPROVAL.identity) == []


def test_a_session_ends_after_an_hour(browser: Browser, platform: Platform) -> None:
    sign_in(browser, platform)
    platform.later = timedelta(minutes=59)
    assert ticket_of(browser.open(platform.link()))
    platform.later = timedelta(minutes=61)
    assert not ticket_of(browser.open(platform.link()))


def test_signing_in_sets_cookies_that_only_this_host_sees_and_writes_nothing(browser: Browser, platform: Platform) -> None:
    before = platform.written()
    page = begin(browser, platform)
    answer = come_back(browser, platform, page, "grace")
    assert platform.written() == before
    [session] = [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith(SESSION)]
    assert {part.strip().lower() for part in session.split(";")[1:]} == {"httponly", "max-age=3600", "path=/", "samesite=lax", "secure"}
    assert f'{ATTEMPT}=""' in str(answer.headers.get_list("set-cookie")), "the attempt is over"


def test_what_github_gets_to_see_has_nothing_of_the_link(browser: Browser, platform: Platform) -> None:
    page = begin(browser, platform)
    payload, _, signature = platform.link().rpartition(".")
    assert payload not in page and signature not in page and APPROVAL.identity not in page
    assert "login=grace" in page and "code_challenge=" in page


def test_a_callback_that_another_browser_began_is_refused(browser: Browser, platform: Platform) -> None:
    theirs = platform.accounts.confirm(begin(Browser(platform), platform), "mallory")
    begin(browser, platform)
    answer = checked(browser.client.get(theirs, follow_redirects=False))
    assert answer.status_code == 400 and "this browser began" in answer.text
    assert "set-cookie" not in answer.headers or SESSION not in answer.headers["set-cookie"]


def test_a_callback_without_an_attempt_or_after_ten_minutes_is_refused(browser: Browser, platform: Platform) -> None:
    assert browser.client.get("/signed-in?code=x&state=y").status_code == 400
    page = begin(browser, platform)
    platform.later = timedelta(minutes=11)
    assert come_back(browser, platform, page, "grace").status_code == 400


def test_a_code_counts_once_and_only_with_the_verifier_of_this_browser(browser: Browser, platform: Platform) -> None:
    page = begin(browser, platform)
    callback = platform.accounts.confirm(page, "grace")
    [(code, _)] = platform.accounts.challenges.items()
    platform.accounts.challenges[code] = "the challenge of another attempt", "grace"
    answer = checked(browser.client.get(callback, follow_redirects=False))
    assert answer.status_code == 400 and "say who you are" in answer.text
    assert not ticket_of(browser.open(platform.link()))


def test_who_says_no_at_github_is_told_how_to_go_on(browser: Browser, platform: Platform) -> None:
    begin(browser, platform)
    state = platform.accounts.confirm(begin(browser, platform), "grace").partition("state=")[2]
    answer = checked(browser.client.get(f"/signed-in?error=access_denied&state={state}", follow_redirects=False))
    assert answer.status_code == 400 and "Open the link of the mail again" in answer.text


def test_a_vote_that_is_signed_with_aws_credentials_counts_as_signed_in(platform: Platform) -> None:
    answer = Program(platform).post(f"/api/approvals/{APPROVAL.identity}/votes", {"choice": "approve"})
    assert answer.json()["counted"] is True


def test_whoever_has_no_github_account_in_slipway_yaml_reads_what_to_do(browser: Browser, platform: Platform) -> None:
    platform.configurations.change_approval("prod", approvers=("linus",))
    page = browser.open(platform.link("linus"))
    assert "slipway.yaml has no GitHub account for you" in page.text and 'href="?sign-in"' not in page.text
    sign_in_anyway = platform.accounts.confirm(
        browser.client.get(f"/approvals/{platform.link('linus')}?sign-in", follow_redirects=False).headers.get("location", "?state=x&code_challenge=y"), ""
    )
    browser.client.get(sign_in_anyway, follow_redirects=False)
    assert not ticket_of(browser.open(platform.link("linus")))


def test_a_platform_without_an_app_says_what_to_do_instead(browser: Browser, platform: Platform) -> None:
    platform.accounts.connected = False
    answer = checked(browser.client.get(f"/approvals/{platform.link()}?sign-in", follow_redirects=False))
    assert answer.status_code == 400 and "Nobody can sign in here" in answer.text


def test_nobody_is_sent_to_github_where_signing_in_would_not_help(browser: Browser, platform: Platform) -> None:
    for link in (platform.link("ada"), platform.link("eve")):
        assert checked(browser.client.get(f"/approvals/{link}?sign-in", follow_redirects=False)).status_code == 200
    platform.configurations.change_approval("prod", sign_in=False)
    assert checked(browser.client.get(f"/approvals/{platform.link()}?sign-in", follow_redirects=False)).status_code == 200
