"""The approval page: opening it does nothing, its form votes once, and whoever may not decide reads why."""

import base64
import hashlib
import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.console.bodies import LARGEST_FORM_BYTES
from slipway.domain.approval import ApprovalState
from slipway.domain.plain_text import REPLACEMENT
from slipway.domain.plan import ManualChange, ManualChanges, NewCommits, PassedCheck, PlannedCommit, Ran
from slipway.errors import TemporarilyUnavailable
from slipway.steps.vote import VoteRequest, vote
from slipway.telemetry import logger
from tests.fakes.control_plane import BETTER, GOOD, NOW
from tests.unit.console.browsing import APPROVAL, EXECUTION, PLAN, TOKEN, Browser, Platform, ticket_of


def test_the_page_shows_what_would_change_to_whom_it_speaks_and_two_buttons(browser: Browser, platform: Platform) -> None:
    page = browser.open(platform.link())
    assert page.status_code == 200
    shown = ("<h1>sample-app v1.1.0 to prod</h1>", "pending", "You are grace.", "<dt>Asked by</dt><dd>ada</dd>", "v1.0.0", GOOD, "v1.1.0", BETTER, PLAN.digest)
    for told in (*shown, PLAN.summary, "2026-11-25 12:00 UTC", '<span class="removed">-  color: red</span>', '<span class="added">+  color: blue</span>'):
        assert told in page.text
    assert re.findall(r'<button .*value="(.*)">', page.text) == ["approve", "reject"]
    assert '<label for="reason">' in page.text and '<html lang="en">' in page.text
    assert "<script" not in page.text and platform.link() not in page.text


def test_opening_a_link_writes_nothing(browser: Browser, platform: Platform) -> None:
    before = platform.written()
    page, head = browser.open(platform.link()), browser.head(platform.link())
    assert platform.written() == before
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", page.headers["content-type"])


def test_the_one_stylesheet_is_the_one_that_the_policy_allows(browser: Browser, platform: Platform) -> None:
    page = browser.open(platform.link())
    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in page.headers["content-security-policy"]
    assert "style=" not in page.text


def test_approving_lets_the_deployment_go_on_once(browser: Browser, platform: Platform) -> None:
    answer = browser.press(platform.link(), "approve", "looks fine")
    assert answer.status_code == 200
    assert "Your vote is counted." in answer.text and "approved by grace (looks fine)" in answer.text and not ticket_of(answer)
    assert platform.workflows.answers == {TOKEN: {"decision": ApprovalState.APPROVED, "reason": "approved by grace (looks fine)"}}
    assert [(actor, action, details["way"]) for actor, action, _, details in platform.audit.entries] == [("grace", "approve", "link")]


def test_a_rejection_needs_a_reason_and_the_form_stays(browser: Browser, platform: Platform) -> None:
    before = platform.written()
    answer = browser.press(platform.link(), "reject", "  \n ")
    assert answer.status_code == 409
    assert "A rejection needs a reason" in answer.text and ticket_of(answer)
    assert platform.written() == before
    assert browser.press(platform.link(), "reject", "it is Friday").status_code == 200
    assert platform.workflows.answers[TOKEN]["decision"] == ApprovalState.REJECTED


def test_a_second_vote_by_the_same_link_changes_nothing(browser: Browser, platform: Platform) -> None:
    ticket = ticket_of(browser.open(platform.link()))
    assert browser.send(platform.link(), choice="approve", reason="", ticket=ticket).status_code == 200
    before = platform.written()
    answer = browser.send(platform.link(), choice="reject", reason="changed my mind", ticket=ticket)
    assert answer.status_code == 409
    assert "Nothing has changed." in answer.text and "You have voted already (approve, 2026-11-24 12:00 UTC)" in answer.text
    assert platform.written() == before
    assert not ticket_of(browser.open(platform.link()))


def links_that_were_never_sent(platform: Platform) -> list[str]:
    link = platform.link()
    payload, _, signature = link.rpartition(".")
    return [
        link[:-1], link[1:], f"{payload}.", f"x{payload}.{signature}", f"{link}x", "x", "%00", "%ff", "%5c..", "é", "x" * 5000,
        platform.link(approval="run-9-prod"), f"{platform.link('ada').rpartition('.')[0]}.{signature}",
    ]  # fmt: skip


def test_links_that_were_never_sent_get_the_same_page_and_do_nothing(browser: Browser, platform: Platform) -> None:
    before, ticket, pages = platform.written(), ticket_of(browser.open(platform.link())), set()
    for link in links_that_were_never_sent(platform):
        answers = [browser.open(link), browser.send(link, choice="approve", reason="", ticket=ticket)]
        assert [answer.status_code for answer in (*answers, browser.head(link))] == [404, 404, 404], link
        pages |= {answer.text for answer in answers}
    assert platform.written() == before
    [page] = pages
    assert "This link isn&#39;t valid" in page


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"choice": "approve"}, {"choice": "approve", "reason": ""}, {"choice": "maybe", "reason": "", "ticket": "{ticket}"},
        {"choice": "approve", "reason": "", "ticket": ""}, {"choice": "approve", "reason": "", "ticket": "{other}"},
        {"choice": "approve", "reason": "", "ticket": "{ticket}", "person": "ada"},
    ],
)  # fmt: skip
def test_a_form_that_isnt_the_pages_own_is_refused(browser: Browser, platform: Platform, fields: dict[str, str]) -> None:
    before = platform.written()
    tickets = {"ticket": platform.form_tickets.make_ticket(platform.link()), "other": platform.form_tickets.make_ticket(platform.link("ada"))}
    answer = browser.send(platform.link(), **{name: value.format(**tickets) for name, value in fields.items()})
    assert answer.status_code == 400 and "<h1>That didn&#39;t work</h1>" in answer.text
    assert platform.written() == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"choice": "approve"}', 400), (b"\xff\xfe", 400), (b"choice=approve&ticket=%ff", 400), (b"choice=approve&choice=reject&ticket=x", 400),
        (b"&".join(b"a%d=1" % number for number in range(100)), 400), (b"reason=" + b"x" * LARGEST_FORM_BYTES, 413),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(browser: Browser, platform: Platform, body: bytes, status: int) -> None:
    assert browser.client.post(f"/approvals/{platform.link()}", content=body).status_code == status
    assert not platform.audit.entries


def test_the_pusher_reads_why_somebody_else_must_decide(browser: Browser, platform: Platform) -> None:
    page = browser.open(platform.link("ada"))
    assert page.status_code == 200
    assert "ada asked for this release, and prod wants somebody else to decide about it." in page.text and PLAN.summary in page.text and not ticket_of(page)


def test_who_is_no_approver_can_look_but_not_decide(browser: Browser, platform: Platform) -> None:
    page = browser.open(platform.link("linus"))
    assert "linus isn&#39;t an approver of sample-app in prod." in page.text and not ticket_of(page)


def test_who_left_sees_neither_plan_nor_votes(browser: Browser, platform: Platform) -> None:
    browser.press(platform.link(), "approve")
    platform.approvals.approvals[APPROVAL.identity] = APPROVAL
    page = browser.open(platform.link("eve"))
    assert "You aren&#39;t among the people of slipway.yaml any more" in page.text and not ticket_of(page)
    assert PLAN.summary not in page.text and "color: red" not in page.text and "grace" not in page.text


@pytest.mark.parametrize("person", ["ada", "linus", "eve"])
def test_who_may_not_decide_cant_by_sending_the_form_either(browser: Browser, platform: Platform, person: str) -> None:
    before, link = platform.written(), platform.link(person)
    answer = browser.send(link, choice="approve", reason="", ticket=platform.form_tickets.make_ticket(link))
    assert answer.status_code == 409 and "Nothing has changed." in answer.text
    assert platform.written() == before


def closed(platform: Platform, how: str) -> None:
    match how:
        case "expired":
            platform.later = timedelta(hours=24)
        case "superseded":
            platform.approvals.open(replace(APPROVAL, identity="run-2-prod", version="v1.2.0"), "another token")
            platform.approvals.decide(APPROVAL.identity, ApprovalState.SUPERSEDED, "v1.2.0 asks instead")
            platform.approvals.remember_told(APPROVAL.identity)
        case "ended":
            platform.approvals.decide(APPROVAL.identity, ApprovalState.ENDED, "the execution was aborted")


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("expired", "The question about sample-app v1.1.0 to prod expired on 2026-11-25 at 12:00 UTC: nothing is changed."),
        ("superseded", "sample-app v1.1.0 to prod was superseded, v1.2.0 asks instead: nothing is changed."),
        ("ended", "sample-app v1.1.0 to prod has ended, so there is nothing to decide: the execution was aborted."),
    ],
)
def test_a_question_that_is_closed_says_so_and_takes_no_vote(browser: Browser, platform: Platform, how: str, sentence: str) -> None:
    ticket = ticket_of(browser.open(platform.link()))
    closed(platform, how)
    before = platform.written()
    page, answer = browser.open(platform.link()), browser.send(platform.link(), choice="approve", reason="", ticket=ticket)
    assert (page.status_code, answer.status_code) == (200, 409)
    assert how in page.text and sentence in page.text and sentence in answer.text
    assert not ticket_of(page) and not ticket_of(answer)
    assert platform.written() == before


def test_a_vote_for_an_execution_that_was_aborted_meanwhile_isnt_called_a_success(browser: Browser, platform: Platform) -> None:
    ticket = ticket_of(browser.open(platform.link()))
    platform.workflows.ended.add(EXECUTION)
    page, answer = browser.open(platform.link()), browser.send(platform.link(), choice="approve", reason="", ticket=ticket)
    assert (page.status_code, answer.status_code) == (200, 409)
    for text in (page.text, answer.text):
        assert "has ended, so there is nothing to decide" in text
    assert not platform.workflows.answers and not platform.approvals.cast


def test_a_decision_that_the_deployment_was_not_told_can_be_told_by_anybody_who_may_decide(browser: Browser, platform: Platform) -> None:
    platform.workflows.unreachable = True
    assert browser.press(platform.link(), "approve").status_code == 503
    page = browser.open(platform.link())
    assert "the deployment doesn&#39;t know yet" in page.text and ticket_of(page)

    platform.workflows.unreachable = False
    answer = browser.press(platform.link(), "approve")

    assert (answer.status_code, platform.workflows.answers) == (409, {TOKEN: {"decision": "approved", "reason": "approved by grace"}})
    assert "it goes on" in answer.text


def test_nobody_decides_about_a_plan_that_cant_be_shown(browser: Browser, platform: Platform) -> None:
    platform.plans.plans.clear()
    page = browser.open(platform.link())
    assert page.status_code == 200 and "What would change isn&#39;t known any more" in page.text and not ticket_of(page)


def test_votes_of_others_are_listed_while_more_are_needed(browser: Browser, platform: Platform) -> None:
    platform.configurations.change_approval("prod", required=2, self_approval=True)
    browser.press(platform.link("ada"), "approve", "mine")
    page = browser.open(platform.link())
    assert "<li>ada: <strong>approve</strong>, mine" in page.text and "waits for 2 " in page.text
    assert browser.press(platform.link(), "approve").status_code == 200
    assert len(platform.workflows.answers) == 1


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}\x00\x1b[2J\u202e"


def test_whatever_is_pushed_stays_text(browser: Browser, platform: Platform) -> None:
    platform.approvals.approvals[APPROVAL.identity] = replace(APPROVAL, version=HOSTILE, pusher=HOSTILE, commit=HOSTILE)
    diff = f"+++ {HOSTILE}\n+</pre>{HOSTILE}\n-\t  indented\n"
    platform.plans.save(APPROVAL.identity, replace(PLAN, from_version=HOSTILE, to_version=HOSTILE, digest=HOSTILE, summary=HOSTILE, difference=diff))
    page, other = browser.open(platform.link()), browser.press(platform.link(), "reject", f"no {HOSTILE}")
    assert (page.status_code, other.status_code) == (200, 200)
    for text in (page.text, other.text):
        assert "<script" not in text and "<img" not in text and text.count("</pre>") == 1
        assert not {"\x00", "\x1b", "\u202e"} & set(text) and REPLACEMENT in text
        assert "&lt;script&gt;" in text and "{{ 7*7 }}" in text
        assert '<span class="removed">-\t  indented</span>' in text, "white space of the difference stays"
    assert "no &lt;script&gt;" in other.text


def test_what_doesnt_answer_is_a_503_and_a_defect_a_500_that_tell_nothing(browser: Browser, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in ((TemporarilyUnavailable("table slipway-secret-name"), 503), (KeyError("slipway-secret-name"), 500)):

        def fail(identity: str, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(platform.approvals, "get", fail)
        page = browser.open(platform.link())
        assert page.status_code == status and "secret-name" not in page.text and page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_do_nothing(browser: Browser, platform: Platform, method: str) -> None:
    answer = browser.client.request(method, f"/approvals/{platform.link()}")
    assert answer.status_code == 405 and answer.headers["allow"] and "<h1>That can&#39;t be done here</h1>" in answer.text
    assert not platform.audit.entries


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/approvals/", "/approvals/a/b", "/approvals/..%2fapi"])
def test_there_is_nothing_else(browser: Browser, path: str) -> None:
    assert browser.client.get(path).status_code == 404


def test_the_log_never_has_the_link(browser: Browser, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, object]] = []
    monkeypatch.setattr(logger, "info", lambda message, **fields: lines.append({"message": message, **fields}))
    browser.press(platform.link(), "approve")
    expected = {"message": "console answered", "route": "/approvals/{link}", "status": 200, "person": "grace", "approval": "run-1-prod"}
    assert lines == [{**expected, "method": "GET"}, {**expected, "method": "POST"}]


def test_a_vote_by_another_way_shows_on_the_page(browser: Browser, platform: Platform) -> None:
    ports = {name: getattr(platform, name) for name in ("configurations", "deployments", "approvals", "workflows", "timeline")}
    vote(VoteRequest(APPROVAL.identity, "grace", "approve", way="aws"), **ports, now=NOW)
    assert "approved" in browser.open(platform.link()).text


def told(page: str) -> str:
    """The page's text without its markup, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("</style>")[2])).split())


FULL = replace(
    PLAN,
    commits=NewCommits(
        (PlannedCommit(BETTER, "Ada (ada-l)", "Count faster"), PlannedCommit(GOOD, "somebody", "")), 3, notes=("2 commits that run there are not in it.",)
    ),
    manual_changes=ManualChanges((ManualChange("Deployment/app", "spec.replicas", "kubectl-scale", NOW),), 2),
    checks=(PassedCheck("ruff", 0.51), PassedCheck("pytest", 3.0)),
    ran=(Ran("dev"), Ran("stage", NOW - timedelta(hours=3, minutes=5))),
    cause="ada asked for v1.1.0 by hand in spite of the freeze: orders fail",
)


def test_the_page_shows_all_that_helps_to_decide(browser: Browser, platform: Platform) -> None:
    platform.plans.save(APPROVAL.identity, FULL)
    text = told(browser.open(platform.link()).text)
    for shown in (
        "bbbbbbbbbbbb Count faster by Ada (ada-l)", "(no message) by somebody", "And 3 older ones.",
        "Deployment/app: spec.replicas by kubectl-scale, 2026-11-24 12:00 UTC", "And 2 more.",
        "Quality gate ruff (0.5 s), pytest (3.0 s): all passed",
        "dev never ran there", "stage live there since 2026-11-24 08:55 UTC, for 3 h 5 min",
        "Why ada asked for v1.1.0 by hand in spite of the freeze: orders fail",
        "2 commits that run there are not in it.",
        "1 of grace. One rejection rejects.", "ada may not decide: ada asked for this release.", "Nobody has voted yet.",
    ):  # fmt: skip
        assert shown in text, shown


def test_the_page_says_what_could_not_be_found_out(browser: Browser, platform: Platform) -> None:
    unknown = replace(PLAN, commits=NewCommits(unknown="GitHub didn't answer"), manual_changes=ManualChanges(unknown="the cluster didn't answer"))
    platform.plans.save(APPROVAL.identity, unknown)
    text = told(browser.open(platform.link()).text)
    assert "They aren't known: GitHub didn't answer." in text and "They aren't known: the cluster didn't answer." in text
    assert "what it checked isn't known any more" in text


def test_hostile_commits_and_managers_stay_text(browser: Browser, platform: Platform) -> None:
    commits = NewCommits((PlannedCommit(HOSTILE, HOSTILE, HOSTILE),), 0, "")
    changes = ManualChanges((ManualChange(HOSTILE, HOSTILE, HOSTILE),))
    platform.plans.save(APPROVAL.identity, replace(FULL, commits=commits, manual_changes=changes, checks=(PassedCheck(HOSTILE, 1.0),), ran=(Ran(HOSTILE),)))
    text = browser.open(platform.link()).text
    assert "<script" not in text and "<img" not in text and "&lt;script&gt;" in text
    assert not {"\x00", "\x1b", "\u202e"} & set(text) and REPLACEMENT in text


def test_an_author_of_what_would_go_live_reads_why_somebody_else_decides(browser: Browser, platform: Platform) -> None:
    platform.approvals.approvals[APPROVAL.identity] = replace(APPROVAL, pusher="linus", contributors=("GRACE",))
    page = browser.open(platform.link())
    assert (
        "grace had a part in what would go live (as author, committer or earlier pusher), and prod wants somebody else to decide about it." in page.text
        and not ticket_of(page)
    )
    answer = browser.send(platform.link(), choice="approve", reason="", ticket=platform.form_tickets.make_ticket(platform.link()))
    assert answer.status_code == 409 and platform.approvals.votes(APPROVAL.identity) == []


def test_a_later_round_says_that_the_earlier_approval_no_longer_holds(browser: Browser, platform: Platform) -> None:
    again = replace(APPROVAL, identity="run-1-prod.2", round=2)
    platform.approvals.decide(APPROVAL.identity, ApprovalState.APPROVED, "approved by grace")
    platform.approvals.remember_told(APPROVAL.identity)
    platform.approvals.open(again, "token-2")
    platform.plans.save(again.identity, FULL)
    link = platform.link(approval=again.identity)
    assert "that approval no longer holds" in browser.open(link).text
    first = browser.open(platform.link())
    assert "that approval no longer holds" not in first.text
    assert "was approved by grace, but prod has changed since: open the newer mail" in first.text and not ticket_of(first)
    assert browser.press(link, "approve").status_code == 200
    assert platform.audit.entries[0][2:] == ("DEPLOYMENT#run-1-prod", {"reason": "", "way": "link", "commit": BETTER, "question": "run-1-prod.2"})
