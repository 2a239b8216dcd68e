"""The mail that asks an approver: what it says, what hostile names can't do to it, and what becomes of SES's refusals."""

import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from slipway.adapters import aws
from slipway.adapters.email.ses import LONGEST_SUBJECT, SesMails
from slipway.domain.approval import Approval
from slipway.domain.environment import Person
from slipway.domain.plain_text import REPLACEMENT
from slipway.domain.plan import ManualChange, ManualChanges, NewCommits, PlanDocument, PlannedCommit
from slipway.errors import InvalidInput, TemporarilyUnavailable
from tests.fakes.control_plane import BETTER, GOOD, NOW

GRACE = Person("grace", "grace@example.com")
APPROVAL = Approval("run-1-prod", "sample-app", "prod", BETTER, "v1.1.0", "ada-l", NOW, NOW + timedelta(hours=24))
PLAN = PlanDocument("v1.0.0", GOOD, "v1.1.0", BETTER, "sha256:" + "5" * 64, "1 object changes (Deployment/sample-app)", "")


class PlainLinks:
    def make(self, approval: str, person: str) -> str:
        return f"link.{approval}.{person}"

    def read(self, link: str) -> tuple[str, str] | None:
        raise NotImplementedError


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        aws.client.cache_clear()
        yield boto3.client("sesv2")
    aws.client.cache_clear()


@pytest.fixture
def mails(ses: Any) -> SesMails:
    ses.create_email_identity(EmailIdentity="slipway@example.com")
    return SesMails("slipway@example.com", "https://console.example", PlainLinks())


def sent(mails: SesMails, approval: Approval = APPROVAL, plan: PlanDocument = PLAN, *, reminder: bool = False) -> dict[str, Any]:
    """The arguments of SendEmail."""
    asked: list[dict[str, Any]] = []

    def remember(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    mails._client.meta.events.register("provide-client-params.sesv2.SendEmail", remember)
    (mails.remind if reminder else mails.ask)(GRACE, approval, plan)
    mails._client.meta.events.unregister("provide-client-params.sesv2.SendEmail", remember)
    [only] = asked
    return only


def parts(arguments: dict[str, Any]) -> tuple[str, str, str]:
    simple = arguments["Content"]["Simple"]
    return simple["Subject"]["Data"], simple["Body"]["Text"]["Data"], simple["Body"]["Html"]["Data"]


def test_ses_gets_one_mail_for_one_person(mails: SesMails) -> None:
    mails.ask(GRACE, APPROVAL, PLAN)
    [message] = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    assert (message.source, message.destinations["ToAddresses"]) == ("slipway@example.com", ["grace@example.com"])
    assert "https://console.example/approvals/link.run-1-prod.grace" in message.body


def test_both_parts_say_what_is_asked_and_where_to_answer(mails: SesMails) -> None:
    subject, text, html = parts(sent(mails))
    assert subject == "Approve or reject: sample-app v1.1.0 to prod"
    for part in (text, html):
        for told in ("grace", "ada-l", "sample-app", "prod", "v1.0.0", GOOD, "v1.1.0", BETTER, PLAN.digest, PLAN.summary, "2026-11-25 12:00 UTC"):
            assert told in part
        assert "https://console.example/approvals/link.run-1-prod.grace" in part
        assert "Opening it changes nothing" in part and "don't forward" in part and "If it isn't meant for you, ignore it" in part


def test_the_first_release_of_an_environment_comes_from_nothing(mails: SesMails) -> None:
    for part in parts(sent(mails, plan=replace(PLAN, from_version="", from_commit="")))[1:]:
        assert "nothing, this is the first release there" in part


HOSTILE = "v1\r\nBcc: eve@example.com\r\n\r\nhttps://evil.example \x1b[2J\u2028\u202e<script>alert(1)</script><a href='https://evil.example'>"


def test_hostile_names_forge_neither_a_header_nor_a_line_nor_markup(mails: SesMails) -> None:
    approval = replace(APPROVAL, version=HOSTILE, pusher=HOSTILE)
    plan = replace(PLAN, from_version=HOSTILE, to_version=HOSTILE, digest=HOSTILE, summary=HOSTILE)
    _, harmless, page = parts(sent(mails))
    subject, text, html = parts(sent(mails, approval, plan))
    assert subject.isprintable() and len(subject) <= LONGEST_SUBJECT
    assert len(text.splitlines()) == len(harmless.splitlines())
    assert [line for line in text.splitlines() if line.startswith(("Bcc", "https"))] == ["https://console.example/approvals/link.run-1-prod.grace"]
    assert all(line.isprintable() for line in text.splitlines()) and REPLACEMENT in text
    assert re.findall("<[a-z/!]+", html) == re.findall("<[a-z/!]+", page), "the markup is the template's"
    assert {part.count("://") for part in (subject, text)} == {0, 1} and html.count("://") == page.count("://"), "only our own page is a link"
    assert "&lt;script&gt;" in html and "\x1b" not in html and "\u202e" not in html
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = subject  # raises when a line break is in it
    assert message["Subject"].count("Bcc: ") == 1 and "Bcc" not in message


def test_the_text_part_isnt_escaped_for_html(mails: SesMails) -> None:
    assert "Deployment/a & b" in parts(sent(mails, plan=replace(PLAN, summary="Deployment/a & b")))[1]


def test_what_is_too_long_is_cut(mails: SesMails) -> None:
    subject, text, _ = parts(sent(mails, replace(APPROVAL, version="v" * 300), replace(PLAN, summary="s" * 100_000)))
    assert len(subject) == LONGEST_SUBJECT and subject.endswith("…")
    assert len(text) < 4000


def test_a_sender_that_ses_refuses_is_invalid_input_in_its_own_words(ses: Any) -> None:
    with pytest.raises(InvalidInput, match=r"MessageRejected: .*not verified"):
        SesMails("slipway@example.com", "https://console.example", PlainLinks()).ask(GRACE, APPROVAL, PLAN)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("MailFromDomainNotVerifiedException", 400, InvalidInput),
        ("BadRequestException", 400, InvalidInput),
        ("TooManyRequestsException", 429, TemporarilyUnavailable),
        ("InternalFailure", 500, TemporarilyUnavailable),
        ("AccessDeniedException", 403, ClientError),
        ("SendingPausedException", 400, ClientError),
    ],
)
def test_only_what_is_wrong_with_this_mail_is_invalid_input(mails: SesMails, code: str, status: int, expected: type[Exception]) -> None:
    """Everything else would hit the other approvers just as well, so it must not count as "this person couldn't be asked"."""
    with Stubber(mails._client) as stub:
        stub.add_client_error("send_email", code, "no", status)
        with pytest.raises(expected) as raised:
            mails.ask(GRACE, APPROVAL, PLAN)
    assert "link.run-1-prod" not in str(raised.value)


COMMITS = NewCommits(
    (PlannedCommit(BETTER, "Ada Lovelace (ada-l)", "Count faster"), PlannedCommit("d" * 40, "somebody", "")), more=3, notes=("2 commits aren't in it.",)
)


def test_the_mail_lists_new_commits_manual_changes_and_who_has_to_agree(mails: SesMails) -> None:
    changes = ManualChanges((ManualChange("Deployment/sample-app", "spec.replicas", "kubectl-scale"),))
    plan = replace(PLAN, commits=COMMITS, manual_changes=changes, required=2, approvers=("grace", "linus", "rms"), cause="by hand: orders fail")
    for part in parts(sent(mails, plan=plan))[1:]:
        for told in (BETTER[:12], "Count faster", "Ada Lovelace (ada-l)", "(no message)", "and 3 older", "1 manual change would be set back"):
            assert told in part
        assert "2 of grace, linus, rms" in part and "by hand: orders fail" in part
        assert re.search("2 commits aren(&#39;|')t in it[.]", part)


def test_the_mail_says_why_the_commits_arent_known(mails: SesMails) -> None:
    for part in parts(sent(mails, plan=replace(PLAN, commits=NewCommits(unknown="GitHub didn't answer"))))[1:]:
        assert re.search("New commits aren't known: GitHub didn(&#39;|')t answer", part)


def test_a_hostile_commit_forges_neither_a_line_nor_markup(mails: SesMails) -> None:
    def with_commits(author: str, message: str) -> tuple[str, str, str]:
        return parts(sent(mails, plan=replace(PLAN, commits=NewCommits((PlannedCommit(BETTER, author, message),), unknown=""))))

    _, harmless, page = with_commits("ada", "fine")
    _, text, html = with_commits(HOSTILE, HOSTILE)
    assert len(text.splitlines()) == len(harmless.splitlines())
    assert re.findall("<[a-z/!]+", html) == re.findall("<[a-z/!]+", page)


def test_a_later_round_says_that_the_earlier_approval_no_longer_holds(mails: SesMails) -> None:
    subject, *both = parts(sent(mails, replace(APPROVAL, identity="run-1-prod.2", round=2)))
    assert subject.startswith("Approve or reject again: ")
    for part in both:
        assert "that approval no longer holds" in part and "link.run-1-prod.2.grace" in part


def test_a_reminder_says_so_and_has_the_same_link(mails: SesMails) -> None:
    subject, *both = parts(sent(mails, reminder=True))
    assert subject.startswith("Reminder, approve or reject: ")
    for part in both:
        assert "This is a reminder" in part and "https://console.example/approvals/link.run-1-prod.grace" in part
    assert "This is a reminder" not in parts(sent(mails))[1]
